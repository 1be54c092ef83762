#include "targets.hpp"

#include "engines/engines.hpp"

#include "riser/error.hpp"
#include "riser/host_function.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "riser/value.hpp"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::uint64_t fuel = 100'000;
constexpr std::uint64_t most_memory = std::uint64_t{16} << 20U;
constexpr std::uint64_t most_elements = 10'000;

/// Everything that can be seen of a run, a line for each event.
class observer {
public:
    void note(const std::string& what) { text_ += what + '\n'; }
    void note(const std::string& what, const riser::error& error) {
        std::string text = what + ": " + std::string(error.message());
        if (const auto trapped = error.as<riser::trap>()) {
            has_exhausted_stack_ |= trapped->kind() == riser::trap_kind::stack_exhausted;
            text = what + ": " + std::string(to_string(trapped->kind()));
            for (const riser::trap_frame& frame : trapped->backtrace()) {
                text += ", function " + std::to_string(frame.function) + " at " + std::to_string(frame.offset);
            }
        }
        note(text);
    }
    void note(const std::string& what, const riser::value& value) {
        note(what + ": " + to_string(value.type()) + " " + text_of(value));
    }
    [[nodiscard]] const std::string& text() const { return text_; }
    /// How deep calls go differs between tiers, and with it all that follows.
    [[nodiscard]] bool has_exhausted_stack() const { return has_exhausted_stack_; }

private:
    /// References have addresses, and NaNs bits, which may differ.
    static std::string text_of(const riser::value& value) {
        const riser::value_type type = value.type();
        if (type.is_reference()) {
            return value.is_null() ? "null" : "a reference";
        }
        if ((type == riser::types::f32 && std::isnan(value.f32())) ||
            (type == riser::types::f64 && std::isnan(value.f64()))) {
            return "a NaN";
        }
        return std::to_string(value.low_bits()) + " " + std::to_string(value.high_bits());
    }

    std::string text_;
    bool has_exhausted_stack_ = false;
};

std::uint64_t hash(std::span<const std::byte> bytes) {
    std::uint64_t sum = 14695981039346656037U;
    for (const std::byte byte : bytes) {
        sum = (sum ^ static_cast<std::uint64_t>(byte)) * 1099511628211U;
    }
    return sum;
}

/// Arguments and results of the host: arbitrary, but always the same.
riser::value arbitrary(riser::value_type type, std::size_t seed) {
    const std::uint64_t bits = (seed + 1) * 0x9e37'79b9'7f4a'7c15U >> (seed % 4 * 16);
    using kind = riser::value_type::kind;
    switch (type.what()) {
    case kind::i32:
    case kind::f32: return riser::value::from_bits(type, bits & 0xffff'ffffU);
    case kind::i64:
    case kind::f64: return riser::value::from_bits(type, bits);
    case kind::v128: return riser::value::from_bits(type, bits, ~bits);
    default: return riser::value::zero(type);
    }
}

/// Something of the host for an import; empty where the host cannot make it.
std::optional<riser::external_value> make_import(riser::store& store, const riser::external_type& type,
                                                 observer& seen) {
    using riser::external_kind;
    switch (type.kind) {
    case external_kind::function:
        return riser::make_function(store, type.function,
                                    [&seen, calls = std::size_t{0}](riser::caller&,
                                                                    std::span<const riser::value> arguments,
                                                                    std::span<riser::value> results) mutable {
                                        for (const riser::value& argument : arguments) {
                                            seen.note("host is given", argument);
                                        }
                                        for (riser::value& result : results) {
                                            result = arbitrary(result.type(), calls++);
                                        }
                                    });
    case external_kind::table:
        if (auto made = riser::table::try_create(store, type.table, riser::value::zero(type.table.element))) {
            return *made;
        }
        break;
    case external_kind::memory:
        if (auto made = riser::memory::try_create(store, type.memory)) {
            return *made;
        }
        break;
    case external_kind::global:
        if (auto made = riser::global::try_create(store, type.global, arbitrary(type.global.type, 7))) {
            return *made;
        }
        break;
    case external_kind::tag:
        if (auto made = riser::tag::try_create(store, type.function)) {
            return *made;
        }
        break;
    }
    return std::nullopt;
}

void call(const riser::function& callee, std::string_view name, riser::store& store, observer& seen) {
    std::vector<riser::value> arguments;
    for (const riser::value_type type : callee.type().params) {
        if (type.is_reference() && !type.is_nullable()) {
            return;
        }
        arguments.push_back(arbitrary(type, arguments.size()));
    }
    std::vector<riser::value> results;
    for (const riser::value_type type : callee.type().results) {
        results.push_back(riser::value::zero(type));
    }
    store.set_fuel(fuel);
    const auto outcome = callee.try_call(arguments, results);
    if (outcome) {
        for (const riser::value& result : results) {
            seen.note(std::string(name) + " returns", result);
        }
    } else {
        seen.note(std::string(name) + " ends", outcome.error());
    }
    seen.note("fuel: " + std::to_string(store.fuel().value_or(0)));
}

void look_at(const riser::external_value& exported, std::string_view name, observer& seen) {
    using riser::external_kind;
    if (exported.kind() == external_kind::memory) {
        const riser::memory memory = exported.memory();
        seen.note(std::string(name) + ": " + std::to_string(memory.size()) + " bytes, " +
                  std::to_string(hash(memory.data())));
    } else if (exported.kind() == external_kind::table) {
        const riser::table table = exported.table();
        seen.note(std::string(name) + ": " + std::to_string(table.size()) + " elements");
        for (std::uint64_t i = 0; i < table.size(); i++) {
            seen.note("element", *table.try_get(i));
        }
    } else if (exported.kind() == external_kind::global) {
        seen.note(std::string(name), exported.global().get());
    }
}

/// Calls every exported function and looks at everything else that is exported.
observer run(const riser::engine_base& engine, const riser::module& module) {
    observer seen;
    riser::store_limits limits;
    limits.memory_bytes = most_memory;
    limits.table_elements = most_elements;
    auto store = riser::store::try_create(engine, limits);
    if (!store) {
        seen.note("no store");
        return seen;
    }
    riser::imports imports;
    for (const riser::import_type& import : module.imports()) {
        const auto made = make_import(*store, import.type, seen);
        if (!made) {
            seen.note("no import");
            return seen;
        }
        imports.define(std::string(import.module), std::string(import.name), *made);
    }
    store->set_fuel(fuel);
    const auto app = riser::linker(engine).try_instantiate(*store, module, imports);
    if (!app) {
        seen.note("no instance", app.error());
        return seen;
    }
    const auto exports = module.exports();
    for (const riser::export_type& each : exports) {
        if (each.type.kind == riser::external_kind::function) {
            call(app->find(each.name)->function(), each.name, *store, seen);
        }
    }
    for (const riser::export_type& each : exports) {
        look_at(*app->find(each.name), each.name, seen);
    }
    return seen;
}

/// A way to run a module that must not be seen.
struct configuration {
    std::string name;
    riser::compile_mode mode;
    test::engine_pointer engine;
    bool is_native = false;
};

std::vector<configuration> make_configurations() {
    using riser::compile_mode;
    std::vector<configuration> made;
    for (const char* memory : {"bounds-checking", "signaling", "moving"}) {
        const test::engine_pointer engine = test::make_engine(memory, "interpreter");
        for (const compile_mode mode :
             {compile_mode::eager, compile_mode::lazy_translation, compile_mode::lazy_validation}) {
            made.push_back({memory + std::string(" in mode ") + std::to_string(static_cast<int>(mode)), mode, engine});
        }
    }
    if (test::has_backends()) {
        // Compiled before the first call, and within calls, some of them in loops.
        for (const auto& [memory, tier] : {std::pair("moving", "baseline"), std::pair("signaling", "baseline"),
                                           std::pair("bounds-checking", "1"), std::pair("moving", "50")}) {
            made.push_back({memory + std::string(" in tier ") + tier, compile_mode::lazy_translation,
                            test::make_engine(memory, tier), true});
        }
    }
    return made;
}

} // namespace

std::string fuzz::difference(std::span<const std::byte> bytes) {
    // Of this module: a test framework that puts its own fault handler back takes away that of engines made before.
    const std::vector<configuration> configurations = make_configurations();
    observer first;
    for (const configuration& each : configurations) {
        const auto module = riser::module::try_compile(*each.engine, bytes, each.mode);
        if (!module) {
            // An eager engine comes first, so nothing that does not validate, or cannot run here, gets further.
            return &each == &configurations.front() ? ""
                                                    : "refused with " + each.name + " only: " + module.error().what();
        }
        observer seen = run(*each.engine, *module);
        if (&each == &configurations.front()) {
            first = std::move(seen);
        } else if (each.is_native && (first.has_exhausted_stack() || seen.has_exhausted_stack())) {
            continue;
        } else if (seen.text() != first.text()) {
            return "-- with " + configurations.front().name + ":\n" + first.text() + "-- with " + each.name + ":\n" +
                   seen.text();
        }
    }
    return "";
}

void fuzz::differential(std::span<const std::byte> bytes) {
    if (const std::string found = difference(bytes); !found.empty()) {
        std::puts(found.c_str());
        std::abort();
    }
}
