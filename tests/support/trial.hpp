#pragma once

/// Functions with what they should give: runs them, prints those that are wrong with their instructions, and notes which
/// instructions came up at all.

#include "engines/engines.hpp"
#include "support/number_model.hpp"

#include "riser/core/bytecode/disassembler.hpp"
#include "riser/core/bytecode/offsets.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/wasm/function/operator_listing.hpp"
#include "riser/linker.hpp"
#include "riser/memory.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace test {

namespace bytecode = riser::core::bytecode;
namespace wasm = riser::core::wasm;

using words = std::array<std::uint64_t, 3>;

/// What memory has at byte 24, as bits: 4.0.
inline constexpr std::uint64_t minuend_64 = 0x4010000000000000;
inline constexpr std::uint64_t minuend_32 = 0x40800000;

/// A call and what it should give.
struct probe {
    std::uint32_t function = 0;
    words arguments{};
    words loaded{};
    outcome expected;
};

/// A module and what is tried with it. All functions have the same type and are exported by their number.
struct trial {
    std::string name;
    std::vector<std::byte> module;
    std::vector<std::uint8_t> parameters;
    std::uint8_t result = i32;
    std::vector<std::string> functions; ///< what each is
    std::vector<probe> probes;
};

/// Runs trials, and notes which instructions came up.
class tester {
public:
    /// \param tier see make_engine
    explicit tester(const std::string& tier = default_tier()) : engine_(make_engine("bounds-checking", tier)) {}

    void run(const trial& tried) {
        const riser::module module = riser::module::compile(*engine_, tried.module);
        note_instructions(module);
        riser::store store(*engine_);
        const riser::instance instance = riser::linker(*engine_).instantiate(store, module);
        const riser::memory memory = instance.memory("memory");
        const std::uint64_t minuend = is_narrow(tried.result) ? minuend_32 : minuend_64;
        memory.write(24, minuend);
        std::optional<riser::function> callee;
        std::uint32_t current = UINT32_MAX;
        for (const probe& each : tried.probes) {
            if (each.function != current) {
                current = each.function;
                callee = instance.function(std::to_string(current));
            }
            for (std::size_t i = 0; i < each.loaded.size(); ++i) {
                memory.write(i * sizeof each.loaded[i], each.loaded[i]);
            }
            const std::string wrong = try_one(tried, each, *callee);
            ++count_;
            if (!wrong.empty() && ++failures_ <= 10) {
                FAIL_CHECK(tried.name << ", " << tried.functions[current] << ": " << wrong << '\n'
                                      << text_of(module, current));
            }
        }
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }
    [[nodiscard]] int failures() const { return failures_; }
    [[nodiscard]] bool has_seen(std::size_t opcode) const { return seen_[opcode]; }

private:
    static riser::value_type type_of(std::uint8_t code) {
        namespace types = riser::types;
        return code == i32 ? types::i32 : code == i64 ? types::i64 : code == f32 ? types::f32 : types::f64;
    }

    static std::string try_one(const trial& tried, const probe& each, const riser::function& callee) {
        std::array<riser::value, 3> arguments;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            arguments[i] = riser::value::from_bits(type_of(tried.parameters[i]), each.arguments[i]);
        }
        std::array<riser::value, 1> results{riser::value::zero(type_of(tried.result))};
        const auto called = callee.try_call(arguments, results);
        const auto describe = [&](const std::string& what) {
            std::string text = what + ", of";
            for (std::size_t i = 0; i < arguments.size(); ++i) {
                text += ' ' + std::to_string(each.arguments[i]) + " (" + std::to_string(each.loaded[i]) + ')';
            }
            return text;
        };
        if (!called || each.expected.trap) {
            const std::string_view seen = called ? "no trap" : std::string_view(called.error().message());
            const std::string_view wanted =
                each.expected.trap ? to_string(*each.expected.trap) : std::string_view("no trap");
            const bool is_right = !called && each.expected.trap && called.error().as<riser::trap>().has_value() &&
                                  called.error().as<riser::trap>()->kind() == *each.expected.trap;
            return is_right ? "" : describe(std::string(seen) + " instead of " + std::string(wanted));
        }
        const std::uint64_t bits = results[0].low_bits();
        const bool is_right =
            each.expected.any_nan ? is_nan(tried.result, bits) : bits == bits_of_type(tried.result, each.expected.bits);
        return is_right ? ""
                        : describe(std::to_string(bits) + " instead of " +
                                   (each.expected.any_nan ? "a NaN" : std::to_string(each.expected.bits)));
    }

    void note_instructions(const riser::module& module) {
        const auto& state = *module.state();
        for (std::uint32_t i = 0; i < state.info.functions.size(); ++i) {
            bytecode::annotated_code code;
            wasm::diagnostics diagnostics;
            REQUIRE(bytecode::translate(state.info, state.bytes, i, code, diagnostics, true));
            for (const auto& [word, offset] : code.positions) {
                seen_[code.words[word]] = true;
            }
        }
    }

    /// Operators, then instructions.
    static std::string text_of(const riser::module& module, std::uint32_t function) {
        const auto& state = *module.state();
        wasm::diagnostics diagnostics;
        wasm::operator_listing listing(state.bytes);
        bytecode::annotated_code code;
        std::string text;
        if (wasm::parse_function(state.info, state.bytes, function, listing, diagnostics) &&
            bytecode::translate(state.info, state.bytes, function, code, diagnostics, true)) {
            for (const auto& line : listing.lines) {
                text += "    " + std::string(2U * line.depth, ' ') + line.text + '\n';
            }
            for (const auto& [word, offset] : code.positions) {
                text += "  " + std::to_string(word) + ": " + bytecode::disassemble(&code.words[word]) + '\n';
            }
        }
        return text;
    }

    engine_pointer engine_;
    std::array<bool, bytecode::vm_opcode_count> seen_{};
    std::uint64_t count_ = 0;
    int failures_ = 0;
};

/// Forms of the families that exist and did not come up, as text.
[[nodiscard]] inline std::string unseen(const tester& by, std::initializer_list<bytecode::family> families) {
    std::string text;
    for (std::size_t i = 0; i < bytecode::vm_opcode_count; ++i) {
        const bytecode::instruction_kind& kind = bytecode::instruction_infos[i].kind;
        const bool is_meant = std::find(families.begin(), families.end(), kind.group) != families.end();
        if (is_meant && bytecode::exists(kind) && !by.has_seen(i)) {
            const std::array<bytecode::code_word, 4> code = {i, 0, 0, 0};
            text += bytecode::disassemble(code.data()) + '\n';
        }
    }
    return text;
}

} // namespace test
