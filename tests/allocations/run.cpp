// From linking to the end of a call: each allocation fails once, and what it failed for then works.

#include "check.hpp"
#include "riser/riser.hpp"
#include "support/causes.hpp"
#include "support/failing_allocator.hpp"
#include "support/wat.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using test::attempt_result;

/// Exports one of each kind.
constexpr std::string_view exporter = R"((module
  (func (export "function") (result i32) (i32.const 7))
  (table (export "table") 4 funcref)
  (memory (export "memory") 1)
  (global (export "global") (mut i32) (i32.const 5))
  (tag (export "tag") (param i32))))";

/// Imports them, has one more of each kind, and does what may need memory.
constexpr std::string_view program = R"((module $program
  (type $number (func (result i32)))
  (import "other" "function" (func $imported (type $number)))
  (import "other" "table" (table $imported_table 4 funcref))
  (import "other" "memory" (memory $imported_memory 1))
  (import "other" "global" (global $imported_global (mut i32)))
  (import "other" "tag" (tag (param i32)))
  (import "host" "add" (func $add (param i32 i32) (result i32)))
  (table $table 2 100 funcref)
  (table $initialised 2 (ref null $number) (ref.func $nine))
  (memory $memory 1 100)
  (tag (param i64))
  (global $global (mut (ref null $number)) (ref.func $nine))
  (global $sum i64 (i64.add (i64.const 1) (i64.const 2)))
  (elem (table $imported_table) (i32.const 0) func $nine $imported)
  (elem (table $table) (i32.const 1) func $nine)
  (elem $passive func $nine $imported)
  (data (memory $memory) (i32.const 8) "bytes")
  (func $nine (type $number) (i32.const 9))
  (func $start (global.set $imported_global (i32.const 6)))
  (start $start)
  (export "global" (global $global)) (export "table" (table $table)) (export "memory" (memory $memory))
  (func (export "call") (param i32) (result i32)
    (call $add (call_indirect $imported_table (type $number) (local.get 0)) (global.get $imported_global)))
  (func (export "grow memory") (result i32) (memory.grow $memory (i32.const 3)))
  (func (export "grow table") (result i32) (table.grow $table (ref.null func) (i32.const 50)))
  (func (export "initialise") (table.init $table $passive (i32.const 0) (i32.const 0) (i32.const 2)))
  (func $deep (param i32)
    (if (local.get 0) (then (call $deep (i32.sub (local.get 0) (i32.const 1)))) (else (unreachable))))
  (func (export "trap") (call $deep (i32.const 20)))))";

[[nodiscard]] bool is_out_of_memory(const riser::error& why) {
    const auto trap = why.as<riser::trap>();
    return (trap ? trap->kind() == riser::trap_kind::out_of_memory : why.is<riser::resource_error>()) &&
           why.message().find("out of memory") != std::string_view::npos;
}

/// Steps of an attempt. Each is done again where it failed for want of memory, once.
class steps {
public:
    /// `step` returns a result; `use` gets its value. \returns false where the attempt is over.
    template <class Step, class Use>
    [[nodiscard]] bool run(const Step& step, const Use& use) {
        auto outcome = watched(step);
        if (!outcome && is_out_of_memory(outcome.error())) {
            result_ = attempt_result::refused;
            outcome = watched(step);
        }
        const bool is_right = outcome && use(*outcome);
        result_ = is_right ? result_ : attempt_result::wrong;
        return is_right;
    }
    /// The same where the value is kept.
    template <class Step, class T>
    [[nodiscard]] bool make(std::optional<T>& to, const Step& step) {
        return run(step, [&](T& made) {
            to.emplace(std::move(made));
            return true;
        });
    }

    [[nodiscard]] attempt_result result() const { return result_; }

private:
    template <class Step>
    [[nodiscard]] static auto watched(const Step& step) {
        const test::watch engine;
        return step();
    }

    attempt_result result_ = attempt_result::as_usual;
};

/// A call of an exported function without parameters whose result is the size before growing: -1 where there is no memory.
[[nodiscard]] bool grow(steps& all, const riser::instance& instance, std::string_view name, std::int32_t before) {
    return all.run(
        [&]() -> riser::result<std::int32_t> {
            const auto function = instance.try_function<std::int32_t()>(name);
            if (!function) {
                return function.error();
            }
            const riser::result<std::int32_t> size = function->try_call();
            if (size && *size == -1) {
                return riser::resource_error("out of memory: it cannot grow");
            }
            return size;
        },
        [&](std::int32_t size) { return size == before; });
}

struct binaries {
    std::vector<std::byte> exporter = test::wat(::exporter);
    std::vector<std::byte> program = test::wat(::program);
};

[[nodiscard]] attempt_result run(test::failing_allocator& source, const binaries& of, bool links_first) {
    steps all;
    const riser::engine engine(test::with(source));
    riser::linker linker(engine);
    const auto define = [&] {
        const test::watch nobody(false); // the host's own memory
        linker.redefine("host", "add", [](std::int32_t a, std::int32_t b) { return a + b; });
    };
    define();
    std::optional<riser::store> store;
    std::optional<riser::module> exports;
    std::optional<riser::module> module;
    std::optional<riser::instance> other;
    std::optional<riser::instance> instance;
    riser::imports imports;
    if (!all.make(store, [&] { return riser::store::try_create(engine); }) ||
        !all.make(exports, [&] { return riser::module::try_compile(engine, of.exporter); }) ||
        !all.make(module, [&] { return riser::module::try_compile(engine, of.program); }) ||
        !all.make(other, [&] { return linker.try_instantiate(*store, *exports); })) {
        return all.result();
    }
    imports.define("other", *other);
    const auto instantiate = [&]() -> riser::result<riser::instance> {
        if (!links_first) {
            riser::result<riser::instance> made = linker.try_instantiate(*store, *module, imports);
            define(); // in case there was no memory for its type
            return made;
        }
        const riser::result<riser::linked> linked = linker.try_link_partially(*module);
        define();
        return linked ? linked->try_instantiate(*store, imports) : linked.error();
    };
    if (!all.make(instance, instantiate)) {
        return all.result();
    }
    const auto call = [&](std::int32_t argument) {
        return [&, argument]() -> riser::result<std::int32_t> {
            const auto function = instance->try_function<std::int32_t(std::int32_t)>("call");
            return function ? function->try_call(argument) : function.error();
        };
    };
    const auto initialise = [&]() -> riser::result<bool> {
        const auto function = instance->try_function<void()>("initialise");
        const riser::result<void> done = function ? function->try_call() : function.error();
        return done ? riser::result<bool>(true) : done.error();
    };
    const bool is_right = all.run(call(0), [](std::int32_t sum) { return sum == 9 + 6; }) &&
                          all.run(call(1), [](std::int32_t sum) { return sum == 7 + 6; }) &&
                          grow(all, *instance, "grow memory", 1) && grow(all, *instance, "grow table", 2) &&
                          all.run(initialise, [](bool done) { return done; }) &&
                          all.run([&] { return instance->try_global("global"); },
                                  [](const riser::global& global) { return !global.get().is_null(); });
    if (!is_right) {
        return all.result();
    }
    // A trap with its frames.
    const auto trap = [&]() -> riser::result<riser::trap> {
        const auto function = instance->try_function<void()>("trap");
        const riser::result<void> done = function ? function->try_call() : function.error();
        const auto why = done.error().as<riser::trap>();
        return why && why->kind() == riser::trap_kind::unreachable ? riser::result<riser::trap>(*why) : done.error();
    };
    // There may have been no memory for all of the frames, or for the text, which says so.
    static_cast<void>(all.run(trap, [](const riser::trap& why) {
        const bool is_complete = why.backtrace().size() == 22 && test::cause_of(why) == "unreachable";
        return is_complete || test::host.has_failed;
    }));
    return all.result();
}

/// What the host makes in a store.
[[nodiscard]] attempt_result create(test::failing_allocator& source) {
    steps all;
    const riser::engine engine(test::with(source));
    std::optional<riser::store> store;
    std::optional<riser::memory> memory;
    std::optional<riser::table> table;
    std::optional<riser::global> global;
    std::optional<riser::tag> tag;
    riser::memory_type pages;
    pages.limits.min = 1;
    riser::table_type elements;
    elements.element = riser::types::funcref;
    elements.limits.min = 3;
    const riser::global_type number{riser::types::i32, true};
    const riser::function_type one_number{{riser::types::i64}, {}};
    const riser::value zero = riser::value::zero(riser::types::i32);
    const riser::value null = riser::value::zero(riser::types::funcref);
    static_cast<void>(all.make(store, [&] { return riser::store::try_create(engine); }) &&
                      all.make(memory, [&] { return riser::memory::try_create(*store, pages); }) &&
                      all.make(table, [&] { return riser::table::try_create(*store, elements, null); }) &&
                      all.make(global, [&] { return riser::global::try_create(*store, number, zero); }) &&
                      all.make(tag, [&] { return riser::tag::try_create(*store, one_number); }));
    return all.result();
}

} // namespace

void test::check_running() {
    const binaries of;
    check("link, instantiate and call", [&](auto& source) { return run(source, of, true); });
    check("instantiate at once and call", [&](auto& source) { return run(source, of, false); });
    check("create", [](auto& source) { return create(source); });
}
