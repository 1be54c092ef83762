#include "riser/core/tiering/native_code.hpp"
#include "riser/custom_engine.hpp"
#include "riser/riser.hpp"
#include "support/sanitizers.hpp"
#include "support/wasm.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <list>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

// Functions in machine code, written here by hand as a backend would make them, beside interpreted ones: they call each other, the host and
// themselves, trap, run out of fuel and of stack, in every mixture.

#if defined(__x86_64__) && defined(__ELF__)

// Labels in the code below.
extern const std::byte behind_host[] asm("riser_test_behind_host");
extern const std::byte behind_trap[] asm("riser_test_behind_trap");

namespace {

namespace runtime = riser::core::runtime;
namespace interpreter = riser::core::interpreter;
using riser::core::runtime::native_layout;
using runtime::native_services;

/// An engine whose handlers get along with native code, without a backend.
class native_engine : public riser::engine_base {
public:
    explicit native_engine(const riser::engine_options& options = {})
        : engine_base(runtime::operations<riser::memory_policy::adaptive, interpreter::dispatch::beside_native>,
                      options) {}
};

runtime::instance_cell& cell_of(const riser::instance& handle) {
    return static_cast<runtime::instance_cell&>(handle.object());
}

constexpr std::size_t functions = 4;
constexpr std::size_t entry_bytes = sizeof(runtime::function_entry);

/// What every function does first: two checks of stacks, and its charge.
#    define PROLOGUE                                                                                                   \
        "cmpq %c[limit](%%rdx), %%rsp\n\tjb 8f\n\t"                                                                    \
        "leaq 16*8+3*8(%%rsi), %%rax\n\tcmpq %c[links](%%rdx), %%rax\n\tja 8f\n\t"                                     \
        "subq %[weight], %%r13\n\tjs 9f\n"                                                                             \
        "7:\n\t"
#    define EPILOGUE                                                                                                   \
        "8:\n\tjmp *%c[exhausted](%%rdx)\n"                                                                            \
        "9:\n\tcall *%c[poll](%%rdx)\n\tjmp 7b\n\t"
/// Calls function `index` of the instance with its frame in rsi.
#    define CALL(index)                                                                                                \
        "movq %c[instance](%%rdx), %%rdi\n\tmovq %c[entries](%%rdi), %%rdi\n\taddq %[" index "], %%rdi\n\t"            \
        "movq %c[native](%%rdi), %%rax\n\ttestq %%rax, %%rax\n\tjz 1f\n\t"                                             \
        "call *%%rax\n\tjmp 2f\n"                                                                                      \
        "1:\n\tmovq %c[services](%%rdx), %%r10\n\tcall *%c[call_entry](%%r10)\n"                                       \
        "2:\n\t"
constexpr std::uint32_t fibonacci_weight = 17; // as the translator counts, see the test of fuel
#    define OPERANDS                                                                                                   \
        [limit] "i"(native_layout::native_limit), [links] "i"(native_layout::links),                                   \
            [services] "i"(native_layout::services), [instance] "i"(native_layout::instance),                          \
            [entries] "i"(native_layout::entries), [native] "i"(native_layout::entry_native),                          \
            [trap] "i"(offsetof(native_services, trap)), [poll] "i"(native_layout::poll),                              \
            [call_entry] "i"(offsetof(native_services, call_entry)),                                                   \
            [tail_call_entry] "i"(offsetof(native_services, tail_call_entry)),                                         \
            [call_object] "i"(native_layout::call_object), [exhausted] "i"(native_layout::exhausted),                  \
            [unreachable] "i"(riser::trap_kind::unreachable)

/// n < 2 ? n : f[i + 1](n - 1) + f[i + 2](n - 2)
template <std::size_t I>
[[gnu::naked]] void fibonacci() {
    asm(PROLOGUE
        "movq %%rcx, (%%rsi)\n\t"
        "cmpl $2, %%ecx\n\tjl 3f\n\t"
        "decl %%ecx\n\tmovq %%rcx, 8(%%rsi)\n\taddq $8, %%rsi\n\t" CALL(
            "first") "subq $8, %%rsi\n\t"
                     "movq %%rcx, 8(%%rsi)\n\t"
                     "movl (%%rsi), %%ecx\n\tsubl $2, %%ecx\n\tmovq %%rcx, 16(%%rsi)\n\taddq $16, %%rsi\n\t" CALL(
                         "second") "subq $16, %%rsi\n\t"
                                   "addl 8(%%rsi), %%ecx\n"
                                   "3:\n\tmovq %%rcx, (%%rsi)\n\tret\n" EPILOGUE
        :
        : OPERANDS, [weight] "i"(fibonacci_weight), [first] "i"((I + 1) % functions * entry_bytes),
          [second] "i"((I + 2) % functions * entry_bytes));
}

/// n == 0 ? i : return_call t[i + 1](n - 1)
template <std::size_t I>
[[gnu::naked]] void ring() {
    asm(PROLOGUE "testl %%ecx, %%ecx\n\tjz 3f\n\t"
                 "decl %%ecx\n\tmovq %%rcx, (%%rsi)\n\t"
                 "movq %c[instance](%%rdx), %%rdi\n\tmovq %c[entries](%%rdi), %%rdi\n\taddq %[first], %%rdi\n\t"
                 "movq %c[native](%%rdi), %%rax\n\ttestq %%rax, %%rax\n\tjz 1f\n\t"
                 "jmp *%%rax\n"
                 "1:\n\tmovq %c[services](%%rdx), %%r10\n\tjmp *%c[tail_call_entry](%%r10)\n"
                 "3:\n\tmovl %[value], %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n" EPILOGUE
        :
        : OPERANDS, [weight] "i"(0), [first] "i"((functions + (I + 1) % functions) * entry_bytes), [value] "i"(I));
}

/// The same by a call where the next function is interpreted.
template <std::size_t I>
[[gnu::naked]] void careless_ring() {
    asm(PROLOGUE "decl %%ecx\n\tmovq %%rcx, (%%rsi)\n\t"
                 "movq %c[instance](%%rdx), %%rdi\n\tmovq %c[entries](%%rdi), %%rdi\n\taddq %[first], %%rdi\n\t"
                 "movq %c[services](%%rdx), %%r10\n\tcall *%c[call_entry](%%r10)\n\tret\n" EPILOGUE
        :
        : OPERANDS, [weight] "i"(0), [first] "i"((functions + (I + 1) % functions) * entry_bytes));
}

/// Calls import 0 with its argument, then adds one.
[[gnu::naked]] void asks_host() {
    asm(PROLOGUE "movq %%rcx, 8(%%rsi)\n\taddq $8, %%rsi\n\t"
                 "movq %c[instance](%%rdx), %%rdi\n\tmovq %c[imports](%%rdi), %%rdi\n\tmovq (%%rdi), %%rdi\n\t"
                 "call *%c[call_object](%%rdx)\n"
                 "riser_test_behind_host:\n\t"
                 "subq $8, %%rsi\n\t"
                 "incl %%ecx\n\tmovq %%rcx, (%%rsi)\n\tret\n" EPILOGUE
        :
        : OPERANDS, [weight] "i"(0), [imports] "i"(offsetof(runtime::instance_data, imported_functions)));
}

[[gnu::naked]] void unreachable() {
    asm(PROLOGUE "movl %[unreachable], %%r11d\n\tmovq %c[services](%%rdx), %%r10\n\tcall *%c[trap](%%r10)\n"
                 "riser_test_behind_trap:\n\t" EPILOGUE
        :
        : OPERANDS, [weight] "i"(0));
}

/// The module of which the functions above are parts. All weights are what the translator counts.
std::string source() {
    std::string text = R"((module (import "host" "ask" (func $ask (param i32) (result i32))))";
    for (std::size_t i = 0; i < functions; ++i) {
        const auto f = [&](std::size_t by) { return "$f" + std::to_string((i + by) % functions); };
        text +=
            "(func " + f(0) + " (export \"f" + std::to_string(i) +
            "\") (param i32) (result i32) (if (result i32) (i32.lt_s (local.get 0) (i32.const 2)) (then (local.get 0))"
            " (else (i32.add (call " +
            f(1) + " (i32.sub (local.get 0) (i32.const 1))) (call " + f(2) +
            " (i32.sub (local.get 0) (i32.const 2)))))))";
    }
    for (std::size_t i = 0; i < functions; ++i) {
        const auto t = [&](std::size_t by) { return "$t" + std::to_string((i + by) % functions); };
        text += "(func " + t(0) + " (export \"t" + std::to_string(i) +
                "\") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const " +
                std::to_string(i) + ")))) (return_call " + t(1) + " (i32.sub (local.get 0) (i32.const 1))))";
    }
    text += R"(
        (func $asks (export "asks") (param i32) (result i32) (i32.add (call $ask (local.get 0)) (i32.const 1)))
        (func $stops (export "stops") unreachable)
        (func $down (export "down") (param i32) (result i32) (i32.add (call $asks (local.get 0)) (i32.const 1))))
    )";
    return text;
}
constexpr std::size_t asks_at = 2 * functions;
constexpr std::size_t stops_at = asks_at + 1;

struct native_world {
    explicit native_world(const riser::store_limits& limits = {}) : store(engine, limits), instance(instantiate()) {}

    /// Function `index` is machine code from now on.
    void make_native(std::size_t index, void (*code)()) {
        words_.push_back({0, runtime::make_preamble(0, 0),
                          reinterpret_cast<runtime::code_word>(&interpreter::enter_native),
                          reinterpret_cast<runtime::code_word>(code)});
        cell_of(instance).entries[index].publish_native(reinterpret_cast<const void*>(code), words_.back().data() + 2);
    }
    /// The same in code memory, where a backtrace finds it. \param site in the code, of the operator at `wasm_offset`
    void make_located(std::size_t index, void (*code)(), const std::byte* site, std::uint32_t wasm_offset) {
        const auto* const bytes = reinterpret_cast<const std::byte*>(code);
        constexpr std::size_t enough = 256;
        const runtime::native_site sites[] = {{static_cast<std::uint32_t>(site - bytes), wasm_offset, 0}};
        const runtime::compiled_function compiled{static_cast<std::uint32_t>(index) + 1, enough,
                                                  std::as_bytes(std::span(sites))};
        const runtime::native_piece piece = code_.allocate({&compiled, 1});
        REQUIRE(piece.writable != nullptr);
        std::memcpy(piece.writable, bytes, enough);
        REQUIRE_FALSE(code_.publish(piece));
        make_native(index, reinterpret_cast<void (*)()>(reinterpret_cast<std::uintptr_t>(piece.executable)));
    }
    void make_native(std::size_t first, std::array<void (*)(), functions> codes, unsigned which) {
        for (std::size_t i = 0; i < functions; ++i) {
            if ((which >> i & 1U) != 0) {
                make_native(first + i, codes[i]);
            }
        }
    }
    [[nodiscard]] auto call(const char* name) { return instance.function<std::int32_t(std::int32_t)>(name); }

    std::function<std::int32_t(riser::caller&, std::int32_t)> ask = [](riser::caller&, std::int32_t n) { return n; };
    native_engine engine;
    riser::linker linker{engine};
    riser::store store;
    riser::instance instance;

private:
    [[nodiscard]] riser::instance instantiate() {
        linker.define("host", "ask", [this](riser::caller& caller, std::int32_t n) { return ask(caller, n); });
        return linker.instantiate(store, riser::module::compile(engine, test::wat(source())));
    }

    std::list<std::array<runtime::code_word, 4>> words_;
    runtime::code_memory memory_{riser::core::host_allocator};
    runtime::native_code code_{*cell_of(instance).module, runtime::all_memory_modes, memory_,
                               cell_of(instance).home->engine->code, riser::core::host_allocator};
};

constexpr std::array<void (*)(), functions> fibonaccis = {&fibonacci<0>, &fibonacci<1>, &fibonacci<2>, &fibonacci<3>};
constexpr std::array<void (*)(), functions> rings = {&ring<0>, &ring<1>, &ring<2>, &ring<3>};
constexpr unsigned mixtures = 1U << functions;

} // namespace

TEST_CASE("native frames: calls in every mixture of tiers compute the same") {
    for (unsigned which = 0; which < mixtures; ++which) {
        CAPTURE(which);
        native_world in;
        in.make_native(0, fibonaccis, which);
        for (const char* name : {"f0", "f1", "f2", "f3"}) {
            CHECK(in.call(name)(20) == 6765);
        }
    }
}

TEST_CASE("native frames: tail calls in every mixture run in constant space") {
    for (unsigned which = 0; which < mixtures; ++which) {
        CAPTURE(which);
        riser::store_limits limits;
        limits.stack_bytes = 4096;
        native_world in(limits);
        in.make_native(functions, rings, which);
        CHECK(in.call("t0")(1'000'000) == 0);
        CHECK(in.call("t1")(1'000'001) == 2);
    }
}

TEST_CASE("native frames: recursion ends in a trap in every mixture, and everything goes on afterwards") {
    for (unsigned which = 0; which < mixtures; ++which) {
        CAPTURE(which);
        riser::store_limits limits;
        limits.stack_bytes = std::size_t{16} << 10U;
        native_world in(limits);
        in.make_native(0, fibonaccis, which);
        for (int i = 0; i < 3; ++i) {
            const auto result = in.call("f0").try_call(1'000'000);
            REQUIRE_FALSE(result);
            CHECK(result.error().as<riser::trap>()->kind() == riser::trap_kind::stack_exhausted);
            CHECK(in.call("f0")(15) == 610);
        }
    }
}

TEST_CASE("native frames: a tail call of native code that took no notice of who entered it would need room") {
    riser::store_limits limits;
    limits.stack_bytes = 4096;
    native_world in(limits);
    in.make_native(functions, {&careless_ring<0>, nullptr, &careless_ring<2>, nullptr}, 0b0101);
    CHECK_FALSE(in.call("t0").try_call(1'000'000));
}

TEST_CASE("native frames: fuel is charged to the operator, and ends calls in every mixture") {
    constexpr std::uint64_t fuel = 1'000'000;
    std::uint64_t left = 0;
    for (unsigned which = 0; which < mixtures; ++which) {
        CAPTURE(which);
        native_world in;
        in.make_native(0, fibonaccis, which);
        in.store.set_fuel(fuel);
        CHECK(in.call("f0")(15) == 610);
        if (which == 0) {
            left = in.store.fuel().value();
            CHECK(runtime::preamble_weight(cell_of(in.instance).entries[0].code()[-1]) == fibonacci_weight);
        }
        CHECK(in.store.fuel() == left);
        for (const std::uint64_t too_little :
             {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, fuel - left - 1}) {
            in.store.set_fuel(too_little);
            const auto result = in.call("f0").try_call(15);
            REQUIRE_FALSE(result);
            CHECK(result.error().as<riser::trap>()->kind() == riser::trap_kind::out_of_fuel);
            CHECK(in.store.fuel() == std::uint64_t{0});
        }
        in.store.set_fuel(fuel - left);
        CHECK(in.call("f0")(15) == 610);
        CHECK(in.store.fuel() == std::uint64_t{0});
    }
}

TEST_CASE("native frames: host functions run on the host's stack, and call back") {
    for (const bool is_native : {false, true}) {
        CAPTURE(is_native);
        native_world in;
        if (is_native) {
            in.make_native(asks_at, &asks_host);
            in.make_native(0, fibonaccis, 0b0101);
        }
        const char here = 0;
        int depth = 0;
        in.ask = [&](riser::caller&, std::int32_t n) {
            const char there = 0;
            CHECK(&here - &there < (1 << 20));
            CHECK(&there - &here < (1 << 20));
            ++depth;
            return n == 0 ? in.call("f0")(10) : in.call("asks")(n - 1);
        };
        CHECK(in.call("asks")(50) == 55 + 51);
        CHECK(depth == 51);
    }
}

TEST_CASE("native frames: traps and exceptions leave from any depth") {
    for (const bool is_native : {false, true}) {
        CAPTURE(is_native);
        native_world in;
        if (is_native) {
            in.make_native(asks_at, &asks_host);
            in.make_native(stops_at, &unreachable);
        }
        in.ask = [&](riser::caller&, std::int32_t n) -> std::int32_t {
            if (n < 0) {
                throw std::runtime_error("too small");
            }
            if (n == 0) {
                in.instance.function<void()>("stops")();
            }
            return in.call("asks")(n - 1);
        };
        for (int i = 0; i < 3; ++i) {
            const auto trapped = in.call("asks").try_call(10);
            REQUIRE_FALSE(trapped);
            CHECK(trapped.error().as<riser::trap>()->kind() == riser::trap_kind::unreachable);
            CHECK_THROWS_WITH_AS(in.call("asks")(-1), "too small", std::runtime_error);
        }
    }
}

TEST_CASE("native frames: a backtrace goes through all tiers and the host") {
    native_world in;
    in.make_located(asks_at, &asks_host, behind_host, 1001);
    in.make_located(stops_at, &unreachable, behind_trap, 1002);
    std::vector<riser::trap_frame> of_caller;
    in.ask = [&](riser::caller& caller, std::int32_t n) -> std::int32_t {
        of_caller = caller.backtrace();
        if (n == 0) {
            in.instance.function<void()>("stops")();
        }
        return in.call("down")(n - 1);
    };
    const auto result = in.call("down").try_call(1);
    REQUIRE_FALSE(result);
    const auto frames = result.error().as<riser::trap>()->backtrace();
    REQUIRE(frames.size() == 5);
    CHECK(frames[0].function == stops_at + 1);
    CHECK(frames[0].offset == 1002);
    for (const std::size_t at : {std::size_t{1}, std::size_t{3}}) {
        CHECK(frames[at].function == asks_at + 1);
        CHECK(frames[at].offset == 1001);
        CHECK(frames[at + 1].function == stops_at + 2);
        CHECK(frames[at + 1].offset == frames[2].offset);
    }
    REQUIRE(of_caller.size() == 4);
    CHECK(of_caller[0].function == asks_at + 1);
    CHECK(of_caller[3].function == stops_at + 2);
}

#endif
