#include "engines/native.hpp"
#include "support/toy_engines.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

// Functions are compiled on threads of the engine, or on several of the host at once; nothing waits for it but the end of the module.

#if defined(__x86_64__) && defined(__ELF__)

namespace {

namespace toy = test::toy;
namespace runtime = riser::core::runtime;
using toy::one_tier;
using toy::rising_at;
using toy::sum_to;
using toy::tiered;

/// While there is one, compilers of the toy wait in it.
class gate {
public:
    gate() {
        is_open = false;
        waiting = 0;
        toy::general::while_compiling = &wait;
    }
    ~gate() {
        is_open = true;
        toy::general::while_compiling = nullptr;
    }
    gate(const gate&) = delete;
    gate& operator=(const gate&) = delete;

    static inline std::atomic<bool> is_open = false;
    static inline std::atomic<int> waiting = 0; ///< that have come to it

private:
    static void wait() {
        ++waiting;
        while (!is_open) {
            std::this_thread::yield();
        }
    }
};

template <class Condition>
void until(const Condition& condition) {
    while (!condition()) {
        std::this_thread::yield();
    }
}

[[nodiscard]] riser::engine_options in_background(std::uint64_t tier_up, unsigned threads) {
    riser::engine_options options = rising_at(tier_up);
    options.jit_threads = threads;
    return options;
}

} // namespace

TEST_CASE("tier jobs: calls do not wait for a function that is compiled in the background") {
    tiered<one_tier> in(in_background(1, 1));
    CHECK(in.engine.native_statistics().threads == 0);
    {
        gate closed;
        CHECK(in.call("sum", 1000) == sum_to(1000));
        until([] { return gate::waiting == 1; });
        CHECK(in.call("sum", 1000) == sum_to(1000));
        CHECK(in.call("version") == 0);
        CHECK(in.engine.native_statistics().waiting == 1);
        CHECK(in.engine.native_statistics().threads == 1);
    }
    until([&] { return in.compiled() == 2; });
    CHECK(in.call("sum", 1000) == sum_to(1000) + toy::native_mark);
    CHECK(in.call("version") == toy::version_of(runtime::all_memory_modes));
    CHECK(in.engine.native_statistics().waiting == 0);
}

TEST_CASE("tier jobs: a running loop goes on in native code that a thread has made meanwhile") {
    tiered<one_tier> in(in_background(1000, 1));
    const riser::interrupt_handle interrupt = in.store.interrupt_handle();
    const riser::module module = in.module;
    std::thread caller([&] {
        const auto ended = in.instance.function<std::int32_t(std::int32_t)>("sum").try_call(0); // 2^32 times round
        REQUIRE_FALSE(ended);
        CHECK(ended.error().as<riser::trap>()->kind() == riser::trap_kind::interrupted);
    });
    until([&] { return module.tiers()[0].functions == 1; });
    interrupt.interrupt();
    caller.join();
    CHECK(in.call("sum", 10) == sum_to(10) + toy::native_mark);
}

TEST_CASE("tier jobs: the end of a module cancels what waits, and waits for what is being compiled") {
    const one_tier engine(in_background(1, 1));
    toy::general::compiled = 0;
    std::atomic<bool> has_ended = false;
    std::thread ending;
    {
        gate closed;
        riser::store store(engine);
        riser::module module = toy::compile(engine);
        riser::instance instance = riser::linker(engine).instantiate(store, module);
        CHECK(instance.function<std::int32_t(std::int32_t)>("sum")(10) == sum_to(10));
        until([] { return gate::waiting == 1; });
        CHECK(instance.function<std::int32_t()>("calls")() == 1);
        CHECK(engine.native_statistics().waiting == 2);
        ending =
            std::thread([&, last = std::move(module), used = std::move(instance), of = std::move(store)]() mutable {
                {
                    const auto gone = std::move(used);
                }
                {
                    const auto gone = std::move(of);
                }
                {
                    const auto gone = std::move(last);
                }
                has_ended = true;
            });
        until([&] { return engine.native_statistics().waiting == 0; });
        CHECK_FALSE(has_ended);
    }
    ending.join();
    CHECK(toy::general::compiled == 1);
}

TEST_CASE("tier jobs: the engine ends while its threads have nothing to do, and before they have begun") {
    for (int i = 0; i < 20; ++i) {
        tiered<one_tier> in(in_background(static_cast<std::uint64_t>(i % 2), 3));
        CHECK(in.call("sum", 3) % toy::native_mark == 6);
    }
}

TEST_CASE("tier jobs: threads that find a function hot at the same time compile it once") {
    for (const unsigned background : {0U, 2U}) {
        for (const std::uint64_t tier_up : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{100}}) {
            toy::general::compiled = 0;
            const one_tier engine(in_background(tier_up, background));
            const riser::module module = toy::compile(engine);
            std::vector<std::thread> threads;
            for (int i = 0; i < 4; ++i) {
                threads.emplace_back([&] {
                    riser::store store(engine);
                    const riser::instance in = riser::linker(engine).instantiate(store, module);
                    for (int n = 0; n < 50; ++n) {
                        const std::int32_t sum = in.function<std::int32_t(std::int32_t)>("sum")(100);
                        CHECK(sum % toy::native_mark == sum_to(100));
                        const std::int32_t called = in.function<std::int32_t()>("calls")();
                        CHECK((called == 1 || called == 1 + toy::version_of(runtime::all_memory_modes)));
                    }
                });
            }
            for (std::thread& each : threads) {
                each.join();
            }
            until([&] { return engine.native_statistics().waiting == 0; });
            CHECK(toy::general::compiled <= 3);
            CHECK(module.tiers()[0].functions <= 3);
        }
    }
}

TEST_CASE("tier jobs: modules die while others are compiled and run") {
    const one_tier engine(in_background(1, 2));
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 30; ++n) {
                riser::store store(engine);
                const riser::instance in = riser::linker(engine).instantiate(store, toy::compile(engine));
                for (int call = 0; call < 5; ++call) {
                    CHECK(in.function<std::int32_t(std::int32_t)>("sum")(100) % toy::native_mark == sum_to(100));
                }
            }
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    CHECK(engine.native_statistics().taken_bytes == 0);
    CHECK(engine.native_statistics().waiting == 0);
}

TEST_CASE("tier jobs: eager_native compiles all when the module is loaded, on any number of threads") {
    for (const unsigned threads : {0U, 1U, 3U}) {
        CAPTURE(threads);
        riser::engine_options options = in_background(toy::never, threads);
        options.compile_mode = riser::compile_mode::eager_native;
        tiered<one_tier> in(options);
        CHECK(in.compiled() == 4);
        CHECK(in.module.tiers()[0].refused == 3);
        CHECK(in.call("sum", 100) == sum_to(100) + toy::native_mark);
        CHECK(in.call("calls") == 1 + toy::version_of(runtime::all_memory_modes));
        CHECK(in.call("unknown", 5) == 5 + toy::version_of(runtime::all_memory_modes));
        CHECK(in.module.statistics().translated_functions == 1);
        const auto refused =
            riser::module::try_compile(in.engine, test::wat("(module (func (export \"sum\") (result i32)))"));
        CHECK_FALSE(refused);
    }
}

TEST_CASE(
    "tier jobs: eager_native refuses what is invalid in the words of validation, whatever else was compiled before") {
    if (!test::has_backends()) {
        return;
    }
    const auto refusal = [](riser::compile_mode mode, unsigned threads, const char* body) {
        riser::engine_options options = in_background(toy::never, threads);
        options.compile_mode = mode;
        const auto engine = test::make_native_engine("bounds-checking", options);
        const auto made = riser::module::try_compile(
            *engine, test::wat(std::string("(module (memory 1) (func) (func (param i32) (loop ") + body +
                               ")) (func (local i32) (i32.store (local.get 0) (f32.const 0))) (func))"));
        REQUIRE_FALSE(made);
        return std::string(made.error().what());
    };
    for (const char* const body : {"(br 0) i32.add", "local.get 0 i64.eqz drop", "(drop (call 1 (i32.const 0)))",
                                   "(local.set 1 (i32.const 0))", "(drop (ref.func 3))", "nop"}) {
        CAPTURE(body);
        const std::string expected = refusal(riser::compile_mode::lazy_translation, 0, body);
        CHECK(refusal(riser::compile_mode::eager_native, 0, body) == expected);
        CHECK(refusal(riser::compile_mode::eager_native, 2, body) == expected);
    }
}

TEST_CASE(
    "tier jobs: a child of fork compiles by itself, and ends the engine without the threads that it does not have") {
    auto in = std::make_unique<tiered<one_tier>>(in_background(1, 2));
    CHECK(in->call("sum", 10) % toy::native_mark == sum_to(10));
    until([&] { return in->compiled() == 1; });
    const ::pid_t child = ::fork();
    if (child == 0) {
        const bool computes = in->call("sum", 10) == sum_to(10) + toy::native_mark &&
                              in->call("version") == toy::version_of(runtime::all_memory_modes);
        in.reset();
        ::_exit(computes ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

#endif
