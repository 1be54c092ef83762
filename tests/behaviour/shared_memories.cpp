// A shared memory that another thread grows while the guest runs: what the running call knows of its size is old, and every access and
// every instruction on memories finds the new one, in all tiers alike.

#include "engines/engines.hpp"
#include "riser/core/memory/address_space.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/memory.hpp"
#include "riser/memory_policy.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr std::uint32_t page = 65536;

// Words of the memory: the guest is there; the memory has grown.
constexpr std::uint32_t ready_at = 0;
constexpr std::uint32_t grown_at = 8;

/// Native code, where there is any: compiled before its first call, and entered in the loop that waits.
std::vector<std::string> tiers() {
    return test::has_backends() ? std::vector<std::string>{"interpreter", "baseline", "1"}
                                : std::vector<std::string>{"interpreter"};
}

/// Functions of an address. `wait` stands for a loop that ends when the memories have grown, `addr` for the type of addresses.
constexpr std::string_view source = R"((module
  (import "host" "memory" (memory addr 1 4 shared))
  (import "host" "other" (memory $other addr 1 4 shared))
  (data $data "abcd")
  (func (export "load") (param addr) (result i64) (wait)
    (i64.load (local.get 0)))
  (func (export "load a byte") (param addr) (result i64) (wait)
    (i64.load8_u (local.get 0)))
  (func (export "load a float") (param addr) (result i64) (wait)
    (i64.reinterpret_f64 (f64.load (local.get 0))))
  (func (export "load with offset") (param addr) (result i64) (wait)
    (i64.load offset=8 (addr.add (local.get 0) (addr.const -8))))
  (func (export "load at constant") (param addr) (result i64) (wait)
    (i64.load (addr.const 0x10008)))
  (func (export "load what is partly known") (param addr) (result i64) (local addr)
    (local.set 1 (addr.sub (local.get 0) (addr.const 0x10000)))
    (i64.store8 (local.get 1) (i64.const 1))
    (wait)
    (i64.add (i64.load (local.get 1)) (i64.load offset=0x10000 (local.get 1))))
  (func (export "load on either way") (param addr) (result i64)
    (wait)
    (if (i64.eqz (i64.load (addr.const 16)))
      (then (drop (i64.load (local.get 0))))
      (else (drop (i64.load offset=8 (local.get 0)))))
    (i64.load (local.get 0)))
  (func (export "load in a loop") (param addr) (result i64) (local i64)
    (i64.store (addr.const 16) (i64.const 3))
    (wait)
    (loop $more
      (local.set 1 (i64.add (local.get 1) (i64.load (local.get 0))))
      (i64.store (addr.const 16) (i64.sub (i64.load (addr.const 16)) (i64.const 1)))
      (br_if $more (i32.wrap_i64 (i64.load (addr.const 16)))))
    (local.get 1))
  (func (export "load when all registers are in use") (param addr) (result i64)
    (local i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64)
    (wait)
    (local.set 1 (i64.const 1)) (local.set 2 (i64.const 2)) (local.set 3 (i64.const 3)) (local.set 4 (i64.const 4))
    (local.set 5 (i64.const 5)) (local.set 6 (i64.const 6)) (local.set 7 (i64.const 7)) (local.set 8 (i64.const 8))
    (local.set 9 (i64.const 9)) (local.set 10 (i64.const 10)) (local.set 11 (i64.const 11))
    (i64.load (local.get 0))
    (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8)
    (local.get 9) (local.get 10) (local.get 11)
    i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add i64.add)
  (func (export "store") (param addr) (result i64) (wait)
    (i64.store (local.get 0) (i64.const 77))
    (i64.load (local.get 0)))
  (func (export "store a byte") (param addr) (result i64) (wait)
    (i64.store8 (local.get 0) (i64.const 0))
    (i64.load (local.get 0)))
  (func (export "size") (param addr) (result i64) (wait)
    (i64.add (i64.mul (i64.const 1000) (as_i64 (memory.size))) (as_i64 (memory.size $other))))
  (func (export "grow") (param addr) (result i64) (wait)
    (i64.add (i64.mul (i64.const 1000) (as_i64 (memory.grow (addr.const 1)))) (as_i64 (memory.size))))
  (func (export "fill") (param addr) (result i64) (wait)
    (memory.fill (local.get 0) (i32.const 1) (addr.const 2))
    (i64.load (local.get 0)))
  (func (export "copy") (param addr) (result i64) (wait)
    (memory.copy (local.get 0) (addr.const 0) (addr.const 1))
    (i64.load (local.get 0)))
  (func (export "copy to the other") (param addr) (result i64) (wait)
    (memory.copy $other 0 (local.get 0) (local.get 0) (addr.const 8))
    (i64.load $other (local.get 0)))
  (func (export "init") (param addr) (result i64) (wait)
    (memory.init $data (local.get 0) (i32.const 0) (i32.const 4))
    (i64.load (local.get 0)))
  (func (export "load from the other") (param addr) (result i64) (wait)
    (i64.load $other (local.get 0)))
  (func (export "far") (param addr) (result i64) (wait)
    (i64.load offset=0xfffffff0 (local.get 0)))))";

constexpr std::string_view waiting = R"(
    (i32.store (addr.const 0) (i32.const 1))
    (loop $again (br_if $again (i32.eqz (i32.load (addr.const 8)))))
    (i32.store (addr.const 8) (i32.const 0)))";

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

std::vector<std::byte> module_of(bool is_64) {
    std::string text = replaced(std::string(source), "(wait)", waiting);
    text = replaced(text, "addr", is_64 ? "i64" : "i32");
    return test::wat(replaced(text, "(as_i64", is_64 ? "(i64.add (i64.const 0)" : "(i64.extend_i32_u"));
}

/// What a call came to, with the places of its trap.
std::string describe(const riser::result<std::uint64_t>& outcome) {
    if (outcome) {
        return std::to_string(*outcome);
    }
    std::string text(outcome.error().message());
    for (const riser::trap_frame& frame : outcome.error().as<riser::trap>()->backtrace()) {
        text += "; " + std::to_string(frame.function) + " at " + std::to_string(frame.offset);
    }
    return text;
}

/// Instances whose memories have a page until a call waits, and two from then on.
class growing {
public:
    growing(const std::string& policy, const std::string& tier, bool is_64)
        : engine_(test::make_engine(policy, tier)), module_(riser::module::compile(*engine_, module_of(is_64))),
          is_64_(is_64) {}

    std::string call(const char* name, std::uint64_t address) {
        riser::store store(*engine_);
        riser::memory_type type{{1, 4}, is_64_};
        type.is_shared = true;
        const riser::memory memory = riser::memory::create(store, type);
        const riser::memory other = riser::memory::create(store, type);
        const riser::instance instance = riser::linker(*engine_).instantiate(
            store, module_, riser::imports().define("host", "memory", memory).define("host", "other", other));
        std::thread grower([&, words = memory.data()] {
            const auto word = [&](std::size_t at) {
                return std::atomic_ref(*reinterpret_cast<std::uint32_t*>(words.data() + at));
            };
            while (word(ready_at).load() == 0) {
                std::this_thread::yield();
            }
            for (const riser::memory* each : {&memory, &other}) {
                auto& cell = static_cast<riser::core::runtime::memory_cell&>(each->object());
                CHECK(riser::memory_policy::adaptive::grow(engine_->state()->space, cell, 2 * page));
            }
            word(grown_at).store(1);
        });
        const std::string outcome =
            is_64_ ? describe(instance.function<std::uint64_t(std::uint64_t)>(name).try_call(address))
                   : describe(instance.function<std::uint64_t(std::uint32_t)>(name).try_call(
                         static_cast<std::uint32_t>(address)));
        grower.join();
        return outcome;
    }

    [[nodiscard]] const riser::module& module() const { return module_; }

private:
    test::engine_pointer engine_;
    riser::module module_;
    bool is_64_;
};

/// Functions, and addresses that they find out of bounds in the end.
struct attempt {
    const char* name;
    std::uint64_t address = std::uint64_t{2} * page;
};
constexpr attempt attempts[] = {{"load"},
                                {"load", 2 * page - 7},
                                {"load a byte"},
                                {"load a float"},
                                {"load with offset"},
                                {"load what is partly known", 2 * page - 4},
                                {"load on either way"},
                                {"load in a loop"},
                                {"load when all registers are in use"},
                                {"store"},
                                {"store a byte"},
                                {"load from the other"},
                                {"fill"},
                                {"copy"},
                                {"copy to the other"},
                                {"init"}};

} // namespace

TEST_CASE("shared memories: what another thread has added is found, whatever is accessed and however") {
    for (const std::string& tier : tiers()) {
        for (const bool is_64 : {false, true}) {
            CAPTURE(tier);
            CAPTURE(is_64);
            growing in("adaptive", tier, is_64);
            constexpr std::uint64_t added = page + 8;
            CHECK(in.call("load", added) == "0");
            CHECK(in.call("load", 2 * page - 8) == "0");
            CHECK(in.call("load a byte", 2 * page - 1) == "0");
            CHECK(in.call("load a float", added) == "0");
            CHECK(in.call("load with offset", added) == "0");
            CHECK(in.call("load at constant", 0) == "0");
            CHECK(in.call("load what is partly known", added + 8) == "1");
            CHECK(in.call("load on either way", added) == "0");
            CHECK(in.call("load in a loop", added) == "0");
            CHECK(in.call("load when all registers are in use", added) == "66");
            CHECK(in.call("store", added) == "77");
            CHECK(in.call("store a byte", added) == "0");
            CHECK(in.call("load from the other", added) == "0");
            CHECK(in.call("fill", added) == std::to_string(0x0101));
            CHECK(in.call("copy", added) == "1");
            CHECK(in.call("copy to the other", added) == "0");
            CHECK(in.call("init", added) == std::to_string(0x64636261));
            CHECK(in.call("size", 0) == "2002");
            CHECK(in.call("grow", 0) == "2003");
            if (tier != "interpreter") {
                CHECK(in.module().tiers()[0].functions == 18);
                CHECK(in.module().tiers()[0].refused == 0);
            }
        }
    }
}

TEST_CASE("shared memories: what is beyond the new end, too, traps alike in all tiers") {
    for (const bool is_64 : {false, true}) {
        growing interpreted("adaptive", "interpreter", is_64);
        for (const std::string& tier : tiers()) {
            growing in("adaptive", tier, is_64);
            for (const auto& [name, address] : attempts) {
                CAPTURE(tier);
                CAPTURE(is_64);
                CAPTURE(name);
                const std::string outcome = in.call(name, address);
                CHECK(outcome.starts_with("out of bounds memory access: "));
                CHECK(outcome.find(" of 131072") != std::string::npos);
                CHECK(outcome == interpreted.call(name, address));
            }
            const std::string far = in.call("far", 16);
            CHECK(far.starts_with("out of bounds memory access: 8 bytes at 0x100000000 of 131072"));
            CHECK(far == interpreted.call("far", 16));
            if (is_64) {
                CHECK(in.call("load with offset", 0) == interpreted.call("load with offset", 0));
            }
        }
    }
}
