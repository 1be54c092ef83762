// Errors are what they are, or say that there was no memory for them.

#include "check.hpp"
#include "riser/riser.hpp"
#include "riser/wasi/exit_status.hpp"
#include "riser/wat/parse_error.hpp"
#include "support/causes.hpp"
#include "support/failing_allocator.hpp"
#include "support/wat.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <vector>

namespace {

using test::attempt_result;

[[nodiscard]] attempt_result judge(const riser::error& why, bool is_of_class, std::string_view text) {
    if (why.message().find("out of memory") != std::string_view::npos) {
        return attempt_result::refused;
    }
    return is_of_class && test::cause_of(why) == text ? attempt_result::as_usual : attempt_result::wrong;
}

/// An error that the embedder makes: whatever there was memory for, it may be asked everything.
template <class Make, class Ask>
[[nodiscard]] attempt_result make_error(const Make& make, const Ask& ask, std::string_view text) {
    const auto made = [&] {
        const test::watch watched;
        return make();
    }();
    const attempt_result asked = judge(made, true, text);
    return ask(made) || asked == attempt_result::refused ? asked : attempt_result::wrong;
}

[[nodiscard]] attempt_result refuse_module(test::failing_allocator& source, const std::vector<std::byte>& bytes) {
    const riser::engine engine(test::with(source));
    const auto refused = [&] {
        const test::watch watched;
        return riser::module::try_compile(engine, bytes);
    }();
    const bool is_refused = refused.error().is<riser::compile_error>();
    return judge(refused.error(), is_refused,
                 "type mismatch: instruction requires reference type but stack has [i32] (ref.is_null), at byte 25 in "
                 "function 0");
}

[[nodiscard]] attempt_result refuse_to_link(test::failing_allocator& source, const std::vector<std::byte>& bytes) {
    const riser::engine engine(test::with(source));
    const riser::linker linker(engine);
    const auto module = riser::module::try_compile(engine, bytes);
    if (!module) {
        return judge(module.error(), false, {});
    }
    const auto refused = [&] {
        const test::watch watched;
        return linker.try_link(*module);
    }();
    const auto why = refused.error().as<riser::link_error>();
    const auto list = why ? why->unsatisfied() : std::vector<riser::unsatisfied_import>();
    const bool is_right = list.size() == 2 && list[1].name == "memory" && list[1].expected == "(memory 1 2)";
    return judge(refused.error(),
                 is_right || (list.size() == 2 && test::host.has_failed), // one of the texts may be lost
                 "unknown import: \"a module\" \"a function\" is missing, the module wants (func (param i32 (ref null "
                 "func)))\nunknown import: \"a module\" \"memory\" is missing, the module wants (memory 1 2)");
}

/// A function that is refused when it is called.
[[nodiscard]] attempt_result refuse_call(test::failing_allocator& source, const std::vector<std::byte>& bytes) {
    const riser::engine engine(test::with(source));
    const riser::linker linker(engine);
    auto store = riser::store::try_create(engine);
    const auto module = riser::module::try_compile(engine, bytes);
    if (!store || !module) {
        return judge(store ? module.error() : store.error(), false, {});
    }
    const auto instance = linker.try_instantiate(*store, *module);
    const auto function = instance ? instance->try_function<void()>("refused") : instance.error();
    if (!function) {
        return judge(function.error(), false, {});
    }
    const auto refused = [&] {
        const test::watch watched;
        return function->try_call();
    }();
    const auto why = refused.error().as<riser::trap>();
    return judge(refused.error(), why && why->kind() == riser::trap_kind::unsupported,
                 "unsupported instruction: i32x4.splat");
}

/// A host function fails with an error, or throws.
[[nodiscard]] attempt_result fail_in_host(test::failing_allocator& source, const std::vector<std::byte>& bytes) {
    const riser::engine engine(test::with(source));
    riser::linker linker(engine);
    linker.define("host", "fail",
                  [] { return riser::result<void>(riser::trap(riser::trap_kind::unreachable, "here")); });
    auto store = riser::store::try_create(engine);
    const auto module = riser::module::try_compile(engine, bytes);
    if (!store || !module) {
        return judge(store ? module.error() : store.error(), false, {});
    }
    const auto instance = linker.try_instantiate(*store, *module);
    const auto function = instance ? instance->try_function<void()>("call") : instance.error();
    if (!function) {
        return judge(function.error(), false, {});
    }
    const auto failed = [&] {
        const test::watch watched;
        return function->try_call();
    }();
    return judge(failed.error(), failed.error().is<riser::trap>(), "unreachable: here");
}

/// Arguments that do not fit.
[[nodiscard]] attempt_result misuse(test::failing_allocator& source, const std::vector<std::byte>& bytes) {
    const riser::engine engine(test::with(source));
    const riser::linker linker(engine);
    auto store = riser::store::try_create(engine);
    const auto module = riser::module::try_compile(engine, bytes);
    if (!store || !module) {
        return judge(store ? module.error() : store.error(), false, {});
    }
    const auto instance = linker.try_instantiate(*store, *module);
    if (!instance) {
        return judge(instance.error(), false, {});
    }
    const auto function = [&] {
        const test::watch watched;
        return instance->try_function<std::int32_t(std::int64_t, double)>("refused");
    }();
    return judge(function.error(), function.error().is<riser::usage_error>(),
                 "\"refused\" is a function of another type: it is [] -> [], not [i64 f64] -> [i32]");
}

void check_made() {
    test::check_host("a compile error", [](auto&) {
        return make_error(
            [] {
                return riser::compile_error(riser::compile_error::reason::invalid, "a long description", 71, 3,
                                            "f.wasm");
            },
            [](const auto& made) {
                return made.description() == "a long description" && made.offset() == 71 && made.function() == 3U &&
                       made.why() == riser::compile_error::reason::invalid;
            },
            "f.wasm: a long description, at byte 71 in function 3");
    });
    const std::vector<riser::unsatisfied_import> list{{"m", "n", "(func)", "(memory 1)"}};
    test::check_host("a link error", [&](auto&) {
        return make_error([&] { return riser::link_error("what is wrong", list); },
                          [](const auto& made) { return made.unsatisfied().size() == 1; }, "what is wrong");
    });
    test::check_host("a trap", [](auto&) {
        return make_error(
            [] { return riser::trap(riser::trap_kind::unreachable, "why"); },
            [](const auto& made) { return made.kind() == riser::trap_kind::unreachable && made.backtrace().empty(); },
            "unreachable: why");
    });
    test::check_host("a host error", [](auto&) {
        return make_error([] { return riser::host_error("why"); },
                          [](const auto& made) { return made.exception() == nullptr; }, "why");
    });
    test::check_host("an exit status", [](auto&) {
        return make_error([] { return riser::wasi::exit_status(3); }, [](const auto& made) { return made.code() == 3; },
                          "the program exited with code 3");
    });
    test::check_host("a parse error", [](auto&) {
        return make_error([] { return riser::wat::parse_error("what: why", {2, 5, 9}); },
                          [](const auto& made) { return made.where().line == 2 && made.description() == "what: why"; },
                          "2:5: what: why");
    });
}

#if defined(__cpp_exceptions)

/// A state of a store. Its own memory is no matter here.
class counted {
public:
    explicit counted(int& alive) : alive_(&alive) { ++*alive_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;
    ~counted() { --*alive_; }
    static void* operator new(std::size_t bytes) { return std::malloc(bytes); }
    static void operator delete(void* block) noexcept { std::free(block); }

private:
    int* alive_;
};

[[nodiscard]] attempt_result emplace_state(test::failing_allocator& source) {
    const riser::engine engine(test::with(source));
    int alive = 0; // outlives the state
    riser::store store(engine);
    try {
        const test::watch watched;
        store.emplace<counted>(alive);
    } catch (const std::bad_alloc&) {
        test::host.throwing = 0; // what the host decides may throw
        return alive == 0 ? attempt_result::refused : attempt_result::wrong;
    }
    return alive == 1 ? attempt_result::as_usual : attempt_result::wrong;
}

#endif

} // namespace

void test::check_errors() {
    check_made();
#if defined(__cpp_exceptions)
    check_host("a state", [](auto& source) { return emplace_state(source); });
#endif
    const auto invalid = wat("(module (type (func)) (func (drop (ref.is_null (i32.const 1)))))");
    const auto imports = wat("(module (import \"a module\" \"a function\" (func (param i32 funcref))) (import \"a "
                             "module\" \"memory\" (memory 1 2)))");
    const auto refused = wat("(module (func (export \"refused\") (drop (i32x4.splat (i32.const 1)))))");
    const auto failing = wat("(module (import \"host\" \"fail\" (func $f)) (func (export \"call\") (call $f)))");
    check("a module is refused", [&](auto& source) { return refuse_module(source, invalid); });
    check("linking is refused", [&](auto& source) { return refuse_to_link(source, imports); });
    check("a call is refused", [&](auto& source) { return refuse_call(source, refused); });
    check("a host function fails", [&](auto& source) { return fail_in_host(source, failing); });
    check("a function is misused", [&](auto& source) { return misuse(source, refused); });
}
