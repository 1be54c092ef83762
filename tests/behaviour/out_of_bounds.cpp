#include "engines/engines.hpp"
#include "support/wasm.hpp"

#include "riser/core/memory/address_space.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/memory_policy.hpp"
#include "support/causes.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

// Accesses out of bounds: looked at again where another thread may have grown the memory, and described where they trap.

namespace {

constexpr std::uint64_t page = 65536;

/// Each function is called once, and translated then, for which the engine allocates: the moment at which a test's memory grows
/// behind the running call, as another thread would have it.
constexpr std::string_view meanwhile = R"((module
  (import "host" "memory" (memory 1 4 shared))
  (global $value (mut i64) (i64.const 0x1122334455667788))
  (func (export "nothing"))
  (func (export "slot") (param i32) (result i32)
    (i32.load (local.get 0)))
  (func (export "sum") (param i32) (result i32)
    (i32.load offset=4 (i32.add (local.get 0) (i32.const -4))))
  (func (export "accumulator") (param i32) (result i32)
    (i32.load (i32.xor (local.get 0) (i32.const 0))))
  (func (export "scaled") (param i32) (result i32)
    (i32.load (i32.shl (i32.div_u (local.get 0) (i32.const 4)) (i32.const 2))))
  (func (export "real") (param i32) (result i32)
    (i32.trunc_f32_s (f32.load (i32.xor (local.get 0) (i32.const 0)))))
  (func (export "store") (param i32) (result i32) (local $x i64)
    (i64.store (local.get 0) (i64.xor (global.get $value) (i64.const 0)))
    (i32.wrap_i64 (i64.shr_u (i64.load (local.get 0)) (i64.const 32))))
  (func (export "store real") (param i32) (result i32)
    (f64.store (local.get 0) (f64.add (f64.convert_i32_u (local.get 0)) (f64.const 1)))
    (i32.trunc_f64_u (f64.load (local.get 0))))))";

/// What grows the memory when the engine allocates.
struct meddler {
    [[nodiscard]] riser::engine_options options() {
        riser::engine_options made;
        made.allocator.user = this;
        made.allocator.allocate = [](void* user, std::size_t asked, std::size_t alignment) {
            auto& self = *static_cast<meddler*>(user);
            if (self.memory != nullptr) {
                riser::core::memory::linear_memory& target = *std::exchange(self.memory, nullptr);
                CHECK(riser::memory_policy::adaptive::grow(*self.space, target, self.bytes));
                target.is_shared = self.stays_shared;
            }
            return riser::core::heap::allocate(nullptr, asked, alignment);
        };
        return made;
    }

    riser::core::memory::address_space* space = nullptr;
    riser::core::memory::linear_memory* memory = nullptr; ///< null: nothing grows
    std::uint64_t bytes = 0;
    bool stays_shared = true;
};

/// Calls `name` with `address`, while the memory grows to `bytes`. \returns the result, or what the trap says.
std::string grow_meanwhile(const char* name, std::uint64_t address, std::uint64_t bytes, bool stays_shared = true) {
    meddler source;
    const test::engine_pointer engine = test::make_engine("adaptive", test::default_tier(), source.options());
    riser::store store(*engine);
    riser::memory_type type{{1, 4}};
    type.is_shared = true;
    const riser::memory memory = riser::memory::create(store, type);
    const riser::instance instance =
        riser::linker(*engine).instantiate(store, riser::module::compile(*engine, test::wat(meanwhile)),
                                           riser::imports().define("host", "memory", memory));
    instance.function<void()>("nothing")(); // so that the engine has a stack to lend
    const auto access = instance.function<std::int32_t(std::uint32_t)>(name);
    auto& target = static_cast<riser::core::runtime::memory_cell&>(memory.object());
    source.space = &engine->state()->space;
    source.bytes = bytes;
    source.stays_shared = stays_shared;
    source.memory = bytes == page ? nullptr : &target;
    const auto outcome = access.try_call(static_cast<std::uint32_t>(address));
    CHECK(memory.size() == bytes);
    target.is_shared = true;
    return outcome ? std::to_string(*outcome) : std::string(test::cause_of(outcome.error()));
}

constexpr const char* loads[] = {"slot", "sum", "accumulator", "scaled", "real"};

constexpr std::string_view accesses = R"((module
  (memory (export "memory") 1)
  (memory $other 2)
  (data $data "abc")
  (func (export "load") (param i32) (drop (i32.load (local.get 0))))
  (func (export "offset") (param i32) (drop (i64.load offset=16 (local.get 0))))
  (func (export "sum") (param i32) (drop (i32.load8_u (i32.add (local.get 0) (i32.const -1)))))
  (func (export "index") (param i32) (drop (f64.load (i32.shl (local.get 0) (i32.const 3)))))
  (func (export "accumulator") (param i32) (drop (i32.load16_s (i32.xor (local.get 0) (i32.const 0)))))
  (func (export "byte") (param i32) (drop (i32.load8_u (i32.xor (local.get 0) (i32.const 0)))))
  (func (export "store") (param i32) (i64.store (local.get 0) (i64.const 1)))
  (func (export "far") (param i32) (drop (i32.load offset=0xfffffff0 (local.get 0))))
  (func (export "other") (param i32) (i32.store16 $other (local.get 0) (i32.const 1)))
  (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 1) (i32.const 10)))
  (func (export "fill n") (param i32) (memory.fill (i32.const 0xff00) (i32.const 1) (local.get 0)))
  (func (export "copy n") (param i32) (memory.copy (i32.const 0xff00) (i32.const 0) (local.get 0)))
  (func (export "copy from") (param i32) (memory.copy (i32.const 1) (local.get 0) (i32.const 10)))
  (func (export "copy to") (param i32) (memory.copy $other 0 (local.get 0) (i32.const 1) (i32.const 0)))
  (func (export "init") (param i32) (memory.init $data (local.get 0) (i32.const 0) (i32.const 3)))
  (func (export "init from") (param i32) (memory.init $data (i32.const 0) (local.get 0) (i32.const 3)))))";

constexpr std::string_view wide = R"((module
  (memory i64 1)
  (func (export "load") (param i64) (drop (i64.load offset=0x100 (local.get 0))))))";

} // namespace

TEST_CASE("out of bounds: an access looks again where a shared memory has grown meanwhile, and does what it would have "
          "done") {
    for (const char* const name : loads) {
        CAPTURE(name);
        CHECK(grow_meanwhile(name, page + 8, 2 * page) == "0");
        CHECK(grow_meanwhile(name, 4 * page - 4, 4 * page) == "0");
    }
    CHECK(grow_meanwhile("store", page + 8, 2 * page) == std::to_string(0x11223344));
    CHECK(grow_meanwhile("store real", page + 8, 2 * page) == std::to_string(page + 9));
}

TEST_CASE("out of bounds: where looking again does not help, the access traps") {
    for (const char* const name : loads) {
        CAPTURE(name);
        // Not grown, and not enough.
        CHECK(grow_meanwhile(name, page + 8, page) == "out of bounds memory access: 4 bytes at 0x10008 of 65536");
        CHECK(grow_meanwhile(name, 3 * page, 3 * page) == "out of bounds memory access: 4 bytes at 0x30000 of 196608");
        if (test::default_tier() == "interpreter") { // a memory that no other thread has; native code goes by its type
            CHECK(grow_meanwhile(name, page + 8, 2 * page, false).starts_with("out of bounds memory access"));
        }
    }
    CHECK(grow_meanwhile("store", 2 * page, 2 * page) == "out of bounds memory access: 8 bytes at 0x20000 of 131072");
}

TEST_CASE("out of bounds: a trap says what was accessed, whatever the memory's mode") {
    for (const std::string& policy : test::memory_names()) {
        CAPTURE(policy);
        const test::engine_pointer engine = test::make_engine(policy);
        riser::store store(*engine);
        riser::linker linker(*engine);
        const riser::instance instance =
            linker.instantiate(store, riser::module::compile(*engine, test::wat(accesses)));
        const bool is_guarded = instance.memory("memory").is_guarded();
        const auto message = [&](const char* name, std::uint32_t address) {
            CAPTURE(name);
            const auto outcome = instance.function<void(std::uint32_t)>(name).try_call(address);
            REQUIRE_FALSE(outcome);
            const std::string text(test::cause_of(outcome.error()));
            REQUIRE(text.starts_with("out of bounds memory access"));
            return text.substr(sizeof "out of bounds memory access" - 1);
        };
        CHECK(message("load", 0x10003) == ": 4 bytes at 0x10003 of 65536");
        CHECK(message("load", 0xfffe) == ": 4 bytes at 0xfffe of 65536");
        CHECK(message("load", 0xffffffff) == ": 4 bytes at 0xffffffff of 65536");
        CHECK(message("offset", 0xfff0) == ": 8 bytes at 0x10000 of 65536");
        CHECK(message("offset", 0xffffffff) == ": 8 bytes at 0x10000000f of 65536");
        CHECK(message("sum", 0) == ": 1 byte at 0xffffffff of 65536");
        CHECK(message("index", 0x2001) == ": 8 bytes at 0x10008 of 65536");
        CHECK(message("accumulator", 0x10001) == ": 2 bytes at 0x10001 of 65536");
        CHECK(message("byte", 0x10000) == ": 1 byte at 0x10000 of 65536");
        CHECK(message("store", 0xfffa) == ": 8 bytes at 0xfffa of 65536");
        CHECK(message("far", 0x10) == ": 4 bytes at 0x100000000 of 65536");
        CHECK(message("other", 0x1ffff) == ": 2 bytes at 0x1ffff of 131072");
        CHECK(message("fill", 0xfff7) == ": 10 bytes at 0xfff7 of 65536");
        CHECK(message("fill n", 0x101) == ": 257 bytes at 0xff00 of 65536");
        CHECK(message("copy n", 0x102) == ": 258 bytes at 0xff00 of 65536");
        CHECK(message("copy from", 0xfff8) == ": 10 bytes at 0xfff8 of 65536");
        CHECK(message("copy to", 0x20001) == ": 0 bytes at 0x20001 of 131072");
        CHECK(message("init", 0xfffe) == ": 3 bytes at 0xfffe of 65536");
        CHECK(message("init from", 1).empty()); // the segment's end
        // All that a fault tells of an access across the end, whose address was in a register, is where that is. Baseline code compares.
        CHECK(message("accumulator", 0xffff) == (is_guarded && test::default_tier() == "interpreter"
                                                     ? ": 2 bytes that reach 0x10000 of 65536"
                                                     : ": 2 bytes at 0xffff of 65536"));

        const riser::instance large = linker.instantiate(store, riser::module::compile(*engine, test::wat(wide)));
        const auto beyond = large.function<void(std::uint64_t)>("load").try_call(UINT64_MAX);
        REQUIRE_FALSE(beyond);
        CHECK(test::cause_of(beyond.error()) ==
              "out of bounds memory access: 8 bytes at 0xffffffffffffffff + 0x100 of 65536");
    }
}
