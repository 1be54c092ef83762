#include "riser/core/module/code_cache.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/default_engine.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// From an address in code to the function that it belongs to.

namespace {

using namespace riser::core::runtime;

const instance_cell& cell_of(const riser::instance& handle) {
    return static_cast<const instance_cell&>(handle.object());
}

/// `count` functions that are exported by number; every fourth is long.
std::vector<std::byte> functions(std::uint32_t count) {
    std::string text;
    for (std::uint32_t i = 0; i < count; ++i) {
        text += "(func (export \"" + std::to_string(i) + "\") (param i32) (result i32) (local.get 0)";
        for (std::uint32_t j = 0; j < (i % 4 == 3 ? 1000U : 1U); ++j) {
            text += "(i32.const " + std::to_string(i + 1) + ")(i32.mul)";
        }
        text += ")";
    }
    return test::wat(text);
}

/// Fails one request of memory.
struct failing {
    std::size_t fails_at = SIZE_MAX;
    std::size_t asked = 0;
    bool has_failed = false;

    riser::core::allocator source() {
        riser::core::allocator made;
        made.allocate = [](void* user, std::size_t bytes, std::size_t alignment) -> void* {
            auto& self = *static_cast<failing*>(user);
            if (self.asked++ == self.fails_at) {
                self.has_failed = true;
                return nullptr;
            }
            return riser::core::heap::allocate(nullptr, bytes, alignment);
        };
        made.reallocate = nullptr;
        made.user = this;
        return made;
    }
};

} // namespace

TEST_CASE("code: each word leads to its function, while other modules come and go") {
    constexpr std::uint32_t count = 40;
    riser::engine engine;
    const auto bytes = functions(count);
    riser::store store(engine);
    std::vector<riser::instance> instances;
    std::set<const code_region*> chunks;
    for (int i = 0; i < 50; ++i) {
        const riser::linker linker(engine);
        riser::instance made = linker.instantiate(store, riser::module::compile(engine, bytes));
        for (std::uint32_t f = 0; f < count; ++f) {
            REQUIRE(made.function<std::int32_t(std::int32_t)>(std::to_string(f))(0) == 0);
        }
        if (i % 5 == 0) {
            instances.push_back(made);
        }
    }
    for (const riser::instance& instance : instances) {
        const instance_cell& cell = cell_of(instance);
        const engine_state& state = *cell.home->engine;
        for (std::uint32_t f = 0; f < count; ++f) {
            const code_word* const first = cell.entries[f].code() - preamble_words;
            const std::size_t words = cell.module->bytecode[f].words.size();
            for (std::uint32_t word = 0; word < words; ++word) {
                const code_location at = locate_code(state, first + word);
                REQUIRE(at.code == cell.code);
                REQUIRE(at.function == f);
                REQUIRE(at.word == word);
                REQUIRE(at.tables == &cell.module->bytecode[f]);
            }
            chunks.insert(state.code.find(first));
        }
    }
    CHECK(chunks.size() > instances.size());
    CHECK(chunks.size() < instances.size() * count);
    int elsewhere = 0;
    CHECK(locate_code(*cell_of(instances[0]).home->engine, reinterpret_cast<const code_word*>(&elsewhere)).code ==
          nullptr);
    CHECK(locate_code(*cell_of(instances[0]).home->engine, nullptr).code == nullptr);
}

TEST_CASE("code: nothing leads to the code of a module that is gone") {
    riser::engine engine;
    const code_word* gone = nullptr;
    const auto keep = riser::module::compile(engine, functions(1));
    riser::store store(engine);
    const riser::linker linker(engine);
    const riser::instance kept = linker.instantiate(store, keep);
    {
        riser::store short_lived(engine);
        const riser::instance instance = linker.instantiate(short_lived, riser::module::compile(engine, functions(4)));
        static_cast<void>(instance.function<std::int32_t(std::int32_t)>("3")(1));
        gone = cell_of(instance).entries[3].code();
        REQUIRE(cell_of(kept).home->engine->code.find(gone) != nullptr);
    }
    CHECK(cell_of(kept).home->engine->code.find(gone) == nullptr);
}

TEST_CASE("code: a first call says where there was no memory for it, wherever that happens") {
    constexpr std::size_t most = 200;
    std::size_t failures = 0;
    for (std::size_t n = 0; n < most; ++n) {
        CAPTURE(n);
        failing memory;
        riser::engine_options options;
        options.allocator = memory.source();
        const riser::engine engine(options);
        const riser::linker linker(engine);
        riser::store store(engine);
        const riser::instance instance = linker.instantiate(store, riser::module::compile(engine, functions(4)));
        const auto function = instance.function<std::int32_t(std::int32_t)>("3");
        memory.fails_at = memory.asked + n;
        const auto outcome = function.try_call(0);
        if (!memory.has_failed) {
            CHECK(outcome.has_value());
            break;
        }
        ++failures;
        REQUIRE_FALSE(outcome.has_value());
        REQUIRE(outcome.error().is<riser::trap>());
        CHECK(outcome.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_memory);
        CHECK(function.try_call(0).has_value());
    }
    CHECK(failures > 3);
    CHECK(failures < most);
}
