#include "riser_x64/common/code_writer.hpp"
#include "run_code.hpp"
#include "template_fixture.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

using namespace riser::x64;
namespace xbyak = riser::x64::xbyak;

namespace {

code_writer make_writer(const riser::core::allocator& source = riser::core::host_allocator) {
    return {test_templates(), processor_features::detect(), source};
}

bool is_same(const code_writer& w, const xbyak::CodeGenerator& g) {
    return w.code().size() == g.getSize() && std::memcmp(w.code().data(), g.getCode(), g.getSize()) == 0;
}

void pad(code_writer& w, std::size_t bytes) {
    const std::vector<unsigned char> nops(bytes, 0x90);
    w.code().append(nops.data(), nops.size());
}

/// An allocator that has so many bytes and no more.
struct meagre {
    std::size_t left;

    static void* allocate(void* user, std::size_t bytes, std::size_t alignment) noexcept {
        auto& self = *static_cast<meagre*>(user);
        if (bytes > self.left) {
            return nullptr;
        }
        self.left -= bytes;
        return riser::core::heap::allocate(nullptr, bytes, alignment);
    }
    [[nodiscard]] riser::core::allocator allocator() {
        return {allocate, riser::core::heap::deallocate, nullptr, this};
    }
};

} // namespace

TEST_CASE("Jumps backward are short where the distance fits, as xbyak's are") {
    for (const std::size_t distance :
         {0U, 1U, 100U, 121U, 122U, 123U, 124U, 125U, 126U, 127U, 128U, 129U, 200U, 70'000U}) {
        CAPTURE(distance);
        code_writer w = make_writer();
        xbyak::CodeGenerator g(100'000);
        label mine;
        xbyak::Label theirs;
        w.bind(mine);
        g.L(theirs);
        pad(w, distance);
        g.nop(distance, false);
        w.jcc(condition::less, mine);
        g.jl(theirs);
        w.jmp(mine);
        g.jmp(theirs);
        w.call(mine);
        g.call(theirs);
        w.lea(gpr::r9, mine);
        g.lea(g.r9, g.ptr[g.rip + theirs]);
        CHECK(w.code().failure() == code_failure::none);
        CHECK(is_same(w, g));
    }
}

TEST_CASE("Jumps forward, several to one label, are completed when it is bound") {
    code_writer w = make_writer();
    xbyak::CodeGenerator g(100'000);
    label mine;
    xbyak::Label theirs;
    CHECK_FALSE(mine.is_used());
    w.jcc(condition::above, mine);
    g.ja(theirs, g.T_NEAR);
    CHECK(mine.is_used());
    pad(w, 5'000); // the buffer grows in between
    g.nop(5'000, false);
    w.jmp(mine);
    g.jmp(theirs, g.T_NEAR);
    w.call(mine);
    g.call(theirs);
    w.lea(gpr::rax, mine);
    g.lea(g.rax, g.ptr[g.rip + theirs]);
    pad(w, 60'000);
    g.nop(60'000, false);
    w.bind(mine);
    g.L(theirs);
    CHECK(mine.is_bound());
    CHECK(mine.offset() == w.code().size());
    w.ret();
    g.ret();
    CHECK(w.code().failure() == code_failure::none);
    CHECK(is_same(w, g));
}

TEST_CASE("Jumps to a short label take two bytes, several of them and as far as they reach") {
    for (const std::size_t distance : {0U, 1U, 60U, 122U, 123U}) {
        CAPTURE(distance);
        code_writer w = make_writer();
        xbyak::CodeGenerator g(100'000);
        short_label mine;
        xbyak::Label theirs;
        w.jcc(condition::parity, mine);
        g.jp(theirs, g.T_SHORT);
        w.jmp(mine);
        g.jmp(theirs, g.T_SHORT);
        pad(w, distance);
        g.nop(distance, false);
        w.jcc(condition::no_sign, mine);
        g.jns(theirs, g.T_SHORT);
        w.bind(mine);
        g.L(theirs);
        CHECK(w.code().failure() == code_failure::none);
        CHECK(is_same(w, g));
    }
}

TEST_CASE("A short label that is too far fails, and is no jump to elsewhere") {
    SUBCASE("from the only jump") {
        code_writer w = make_writer();
        short_label ahead;
        w.jmp(ahead);
        pad(w, 128);
        w.bind(ahead);
        CHECK(w.code().failure() == code_failure::short_jump_too_far);
    }
    SUBCASE("from the first of two") {
        code_writer w = make_writer();
        short_label ahead;
        w.jmp(ahead);
        pad(w, 124);
        w.jmp(ahead);
        pad(w, 2);
        w.bind(ahead);
        CHECK(w.code().failure() == code_failure::short_jump_too_far);
    }
    SUBCASE("the second jump is already too far") {
        code_writer w = make_writer();
        short_label ahead;
        w.jmp(ahead);
        pad(w, 1'000);
        w.jmp(ahead);
        CHECK(w.code().failure() == code_failure::short_jump_too_far);
        w.bind(ahead);
    }
}

TEST_CASE("Code that finds no memory has failed, and whoever goes on writing does no harm") {
    for (const std::size_t bytes : {0U, 5'000U, 20'000U}) {
        CAPTURE(bytes);
        meagre source{bytes};
        const riser::core::allocator allocator = source.allocator();
        code_writer w = make_writer(allocator);
        label back;
        label ahead;
        short_label close;
        w.bind(back);
        for (int i = 0; i < 10'000; ++i) {
            w.jmp(ahead);
            w.jcc(condition::equal, close);
            w.bind(close);
            close = {};
            w.store(width::w64, at(gpr::rsp, i * 1'000), -1);
            w.jmp(back);
            w.align(16);
        }
        w.bind(ahead);
        CHECK(w.code().failure() == code_failure::out_of_memory);
    }
}

TEST_CASE("A buffer is used again: the failure is gone, memory stays") {
    meagre source{6'000};
    const riser::core::allocator allocator = source.allocator();
    code_writer w = make_writer(allocator);
    pad(w, 4'000);
    CHECK(w.code().failure() == code_failure::none);
    const std::size_t left = source.left;
    pad(w, 4'000);
    CHECK(w.code().failure() == code_failure::out_of_memory);
    w.code().clear();
    CHECK(w.code().size() == 0);
    pad(w, 4'000);
    CHECK(w.code().failure() == code_failure::none);
    CHECK(w.code().size() == 4'000);
    CHECK(source.left == left);
}

TEST_CASE("Code is aligned by nops") {
    for (std::size_t before = 0; before <= 33; ++before) {
        code_writer w = make_writer();
        pad(w, before);
        w.align(32);
        CHECK(w.code().size() % 32 == 0);
        CHECK(w.code().size() - before < 32);
        w.mov_constant(width::w32, gpr::rax, 17);
        w.ret();
        CHECK(run(w.code(), 0) == 17);
    }
}

TEST_CASE("A jump table leads to each of its labels") {
    code_writer w = make_writer();
    label table;
    label cases[5];
    using enum gpr;
    w.lea(rcx, table);
    w.lea(width::w64, rcx, at(rcx, rdi, 0, 2));
    w.load32_s(rax, at(rcx));
    w.lea(width::w64, rax, at(rax, rcx, 4));
    w.jmp(rax);
    w.align(4);
    w.bind(cases[0]);
    w.mov_constant(width::w32, rax, 100);
    w.ret();
    w.bind(table);
    for (label& one : cases) {
        w.jump_distance(one);
    }
    for (int i = 1; i < 5; ++i) {
        w.bind(cases[i]);
        w.mov_constant(width::w32, rax, 100 + i);
        w.ret();
    }
    for (std::uint64_t i = 0; i < 5; ++i) {
        CHECK(run(w.code(), i) == 100 + i);
    }
}

TEST_CASE("Instructions find floats behind the code") {
    code_writer w = make_writer();
    label constant;
    w.write_with<form::movs_xE>(width::w64, xmm::xmm11, constant);
    w.write_with<form::add_xE>(width::w64, xmm::xmm11, constant);
    w.mov(width::w64, gpr::rax, xmm::xmm11);
    w.ret();
    w.align(8);
    w.bind(constant);
    const double value = 1.5;
    w.code().append(&value, sizeof value);
    CHECK(run(w.code(), 0) == std::bit_cast<std::uint64_t>(2 * value));
}
