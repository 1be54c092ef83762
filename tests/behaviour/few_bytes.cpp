#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

// memory.copy and memory.fill of few bytes: every count, overlapping and not, up to the last byte and one beyond, against a
// model; in every kind of memory.

namespace {

constexpr std::uint32_t most = 130; ///< bytes
constexpr std::uint32_t page = 65536;

/// Exports "copy<n>" and "fill<n>" with a constant count, "copy" and "fill" with one more parameter.
std::string module_text(const std::string& memories, const std::string& index_type, const std::string& suffix) {
    const std::string i = index_type;
    std::string text = "(module " + memories;
    const auto add = [&](const std::string& name, const std::string& parameters, const std::string& count) {
        text += "(func (export \"copy" + name + "\") (param " + i + " " + i + parameters + ") (memory.copy" + suffix +
                " (local.get 0) (local.get 1) " + count + "))";
        text += "(func (export \"fill" + name + "\") (param " + i + " i32" + parameters + ") (memory.fill" +
                suffix.substr(0, suffix.size() / 2) + " (local.get 0) (local.get 1) " + count + "))";
    };
    add("", " " + i, "(local.get 2)");
    for (std::uint32_t n = 0; n <= most; ++n) {
        add(std::to_string(n), "", "(" + i + ".const " + std::to_string(n) + ")");
    }
    return text + ")";
}

/// What the operation makes of `bytes`. \returns false where it traps.
bool model(std::vector<std::byte>& bytes, bool copies, std::uint64_t to, std::uint64_t second, std::uint64_t count) {
    if (to + count > bytes.size() || (copies && second + count > bytes.size())) {
        return false;
    }
    if (copies) {
        std::memmove(bytes.data() + to, bytes.data() + second, count);
    } else {
        std::memset(bytes.data() + to, static_cast<int>(second & 0xffU), count);
    }
    return true;
}

template <class Index>
void check(const riser::engine_options& options, const std::string& memories, const std::string& suffix = "") {
    const riser::engine engine(options);
    riser::store store(engine);
    const auto module =
        riser::module::compile(engine, test::wat(module_text(memories, sizeof(Index) == 4 ? "i32" : "i64", suffix)));
    const riser::instance instance = riser::linker(engine).instantiate(store, module);
    const riser::memory handle = instance.memory("m");
    const std::span<std::byte> memory = handle.data();
    const auto copy = instance.function<void(Index, Index, Index)>("copy");
    const auto fill = instance.function<void(Index, std::int32_t, Index)>("fill");
    std::uint32_t failures = 0;
    const auto reset = [&] {
        for (std::size_t i = 0; i < memory.size(); ++i) {
            memory[i] = static_cast<std::byte>(i * 7 + i / 256);
        }
    };
    reset();
    std::vector<std::byte> expected(memory.begin(), memory.end());
    for (std::uint32_t n = 0; n <= most; ++n) {
        const auto copy_n = instance.function<void(Index, Index)>("copy" + std::to_string(n));
        const auto fill_n = instance.function<void(Index, std::int32_t)>("fill" + std::to_string(n));
        const auto end = static_cast<Index>(page - n);
        for (const bool is_constant : {true, false}) {
            const auto try_one = [&](bool copies, Index to, Index second) {
                const bool returns =
                    model(expected, copies, static_cast<std::uint64_t>(to), static_cast<std::uint64_t>(second), n);
                const auto result =
                    copies ? (is_constant ? copy_n.try_call(to, second) : copy.try_call(to, second, Index(n)))
                           : (is_constant ? fill_n.try_call(to, std::int32_t(second))
                                          : fill.try_call(to, std::int32_t(second), Index(n)));
                failures += result.has_value() == returns ? 0U : 1U;
                failures += std::equal(expected.begin(), expected.begin() + 512, memory.begin()) ? 0U : 1U;
                failures += std::equal(expected.end() - 512, expected.end(), memory.end() - 512) ? 0U : 1U;
            };
            for (const Index distance : {0, 1, 3, 8, 15, 16, 17, 31, 33, 64, 200}) {
                try_one(true, 100 + distance, 100);
                try_one(true, 100, 100 + distance);
            }
            try_one(true, end, 5);
            try_one(true, 5, end);
            try_one(true, end + 1, 5);
            try_one(true, 5, end + 1);
            try_one(false, 200, 0x1a5);
            try_one(false, end, 3);
            try_one(false, end + 1, 4);
        }
        reset();
        expected.assign(memory.begin(), memory.end());
    }
    CHECK(failures == 0);
    // Nothing wraps.
    for (const Index count : {Index(1), Index(63), Index(-1), Index(-64)}) {
        for (const Index address : {Index(-1), Index(-63), Index(page + 1)}) {
            CHECK_FALSE(copy.try_call(address, 0, count).has_value());
            CHECK_FALSE(copy.try_call(0, address, count).has_value());
            CHECK_FALSE(fill.try_call(address, 0, count).has_value());
        }
    }
    CHECK_FALSE(fill.try_call(Index(page + 1), 0, 0).has_value());
    CHECK(fill.try_call(Index(page), 0, 0).has_value());
}

} // namespace

TEST_CASE("few bytes: copied and filled as the runtime does it, in memories of every kind") {
    riser::engine_options checked;
    checked.reserved_bytes = 0;
    const std::string narrow = R"((memory (export "m") 1 1))";
    check<std::int32_t>({}, narrow);
    check<std::int32_t>(checked, narrow);
    check<std::int64_t>({}, R"((memory (export "m") i64 1 1))");
    check<std::int32_t>({}, R"((memory 2) (memory (export "m") 1 1))", " 1 1");
}

TEST_CASE("few bytes: from one memory to another") {
    test::world with;
    const auto instance = with.instantiate(R"((module
        (memory (export "a") 1) (memory (export "b") 1)
        (data (memory 0) (i32.const 8) "abcdefgh") (data (memory 1) (i32.const 8) "ABCDEFGH")
        (func (export "to b") (memory.copy 1 0 (i32.const 0) (i32.const 8) (i32.const 8)))
        (func (export "to a") (memory.copy 0 1 (i32.const 16) (i32.const 8) (i32.const 8)))))");
    instance.function<void()>("to b")();
    instance.function<void()>("to a")();
    const auto text = [&](const char* name, std::size_t at) {
        const riser::memory memory = instance.memory(name);
        return std::string(memory.view(at, 8));
    };
    CHECK(text("b", 0) == "abcdefgh");
    CHECK(text("a", 16) == "ABCDEFGH");
    CHECK(text("a", 0) == std::string(8, '\0'));
}
