#include "backends/compile_natively.hpp"
#include "backends/instructions.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

// An access of native code compares its end with the memory's size once, and not where it is known to be in bounds. Counted in the
// disassembly.

namespace {

namespace x64 = riser::x64;

/// A compiler that makes each access, and does not know what others had in a register.
class accessing_compiler : public x64::baseline_compiler {
public:
    using x64::baseline_compiler::baseline_compiler;

    [[nodiscard]] riser::core::runtime::compiled_code compile(const riser::core::runtime::compile_task& task) {
        return compile_by(*this, task);
    }
    void load(x64::opcode op, const riser::core::wasm::memory_argument& argument) {
        words_.clear();
        x64::baseline_compiler::load(op, argument);
    }
};

/// One that knows of no access what earlier ones have found, either.
class forgetful_compiler : public accessing_compiler {
public:
    using accessing_compiler::accessing_compiler;

    [[nodiscard]] riser::core::runtime::compiled_code compile(const riser::core::runtime::compile_task& task) {
        return compile_by(*this, task);
    }
    void load(x64::opcode op, const riser::core::wasm::memory_argument& argument) {
        known_ = {};
        accessing_compiler::load(op, argument);
    }
    void store(x64::opcode op, const riser::core::wasm::memory_argument& argument) {
        known_ = {};
        accessing_compiler::store(op, argument);
    }
};

/// Whether it compares with memory 0's size, or with what room accesses of some widths leave in it.
bool compares_with_size(std::string_view instruction) {
    bool found = test::compares_with(instruction, x64::native_layout::memory_bytes);
    for (std::size_t i = 0; i < std::size(riser::core::runtime::native_room_ends); ++i) {
        found |= test::compares_with(instruction, x64::native_layout::memory_room_at(i));
    }
    return found;
}

template <class Compiler = accessing_compiler>
std::size_t checks_of(const std::string& body, const char* memory = "(memory 2)") {
    const auto code = test::compile_natively<Compiler>(
        "(module (import \"host\" \"f\" (func $host)) (func (param i32 i32 i64) " + body + ")" + memory + ")", 1);
    return test::count_instructions(code, compares_with_size);
}

struct access_operator {
    const char* name;
    bool is_store;
};
constexpr access_operator accesses[] = {
    {"i32.load", false},     {"i64.load", false},     {"f32.load", false},     {"f64.load", false},
    {"i32.load8_s", false},  {"i32.load8_u", false},  {"i32.load16_s", false}, {"i32.load16_u", false},
    {"i64.load8_s", false},  {"i64.load8_u", false},  {"i64.load16_s", false}, {"i64.load16_u", false},
    {"i64.load32_s", false}, {"i64.load32_u", false}, {"i32.store", true},     {"i64.store", true},
    {"f32.store", true},     {"f64.store", true},     {"i32.store8", true},    {"i32.store16", true},
    {"i64.store8", true},    {"i64.store16", true},   {"i64.store32", true},
};

std::string text_of(const access_operator& of, const std::string& address, const std::string& offset = "0") {
    const std::string name = of.name;
    const std::string begin = "(" + name + " offset=" + offset + " " + address;
    return of.is_store ? begin + " (" + name.substr(0, 3) + ".const 1))" : "(drop " + begin + "))";
}

const std::string load = "(drop (i32.load (local.get 0)))";
const std::string load_behind = "(drop (i32.load offset=4 (local.get 0)))";

} // namespace

TEST_CASE("bounds checks: each access has one, wherever its address comes from") {
    if (!cli::has_disassembler) {
        return;
    }
    for (const access_operator& each : accesses) {
        CAPTURE(std::string(each.name));
        for (const char* offset : {"0", "1", "65535", "0x7fffffff", "0xffffffff"}) {
            CAPTURE(offset);
            CHECK(checks_of(text_of(each, "(local.get 0)", offset)) == 1);
            CHECK(checks_of(text_of(each, "(i32.add (local.get 0) (i32.const 5))", offset)) == 1);
            CHECK(checks_of(text_of(each, "(i32.wrap_i64 (local.get 2))", offset)) == 1);
            CHECK(checks_of(text_of(each, "(local.get 0)", offset) + text_of(each, "(local.get 1)", offset)) == 2);
        }
        CHECK(checks_of(text_of(each, "(local.get 2)"), "(memory i64 2)") == 1);
    }
}

TEST_CASE("bounds checks: constant addresses have one where the least size does not do") {
    if (!cli::has_disassembler) {
        return;
    }
    CHECK(checks_of("(drop (i32.load (i32.const 0)))") == 0);
    CHECK(checks_of("(drop (i32.load (i32.const 131068)))") == 0);
    CHECK(checks_of("(drop (i32.load offset=131068 (i32.const 0)))") == 0);
    CHECK(checks_of("(drop (i32.load (i32.const 131069)))") == 1);
    CHECK(checks_of("(drop (i32.load offset=131068 (i32.const 1)))") == 1);
    CHECK(checks_of("(i64.store (i32.const 131064) (i64.const 1))") == 0);
    CHECK(checks_of("(i64.store (i32.const 131065) (i64.const 1))") == 1);
    CHECK(checks_of("(drop (i32.load8_u (i32.const -1)))") == 1);
}

TEST_CASE("bounds checks: what is in bounds on every way is not compared again") {
    if (!cli::has_disassembler) {
        return;
    }
    const std::string set = "(local.set 0 (i32.add (local.get 0) (i32.const 1)))";
    const auto if_ = [](const std::string& then, const std::string& otherwise) {
        return "(if (local.get 1) (then " + then + ") (else " + otherwise + "))";
    };
    struct body {
        const char* name;
        std::string text;
        std::size_t checks;
        std::size_t accesses;
    };
    const body bodies[] = {
        {"again", load + load, 1, 2},
        {"further behind", load + load_behind, 2, 2},
        {"less far behind", load_behind + load, 1, 2},
        {"another local", load + "(drop (i32.load (local.get 1)))", 2, 2},
        {"a changed local", load + set + load, 2, 2},
        {"behind a call", load + "(call $host)" + load, 1, 2},
        {"behind memory.grow", load + "(drop (memory.grow (i32.const 1)))" + load, 1, 2},
        {"behind both arms", if_(load_behind, load_behind) + load, 2, 3},
        {"behind one arm", if_(load_behind, "") + load, 2, 2},
        {"within both arms", load + if_(load, load), 1, 3},
        {"behind an arm that changes it", load + if_(set, "") + load, 2, 2},
        {"behind an arm that is left", load + if_(set + "(return)", "") + load, 1, 2},
        {"behind a block that is left early", "(block (br_if 0 (local.get 1)) " + load + ")" + load, 2, 2},
        {"behind a block", "(block " + load + "(br_if 0 (local.get 1)))" + load, 1, 2},
    };
    for (const body& each : bodies) {
        CAPTURE(std::string(each.name));
        CHECK(checks_of(each.text) == each.checks);
        CHECK(checks_of<forgetful_compiler>(each.text) == each.accesses);
    }
}

TEST_CASE("bounds checks: loops compare what they may have changed") {
    if (!cli::has_disassembler) {
        return;
    }
    const auto loop = [](const std::string& body) { return "(loop " + body + " (br_if 0 (local.get 1)))"; };
    const std::string set = "(local.set 0 (i32.add (local.get 0) (i32.const 4)))";
    CHECK(checks_of(loop(load + set)) == 1);
    CHECK(checks_of(load + loop(load + set)) == 2);
    CHECK(checks_of(loop(load + load + set + load)) == 2);
}
