#pragma once

#include "riser/core/bytecode/instruction.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::bytecode {

/// What the words of a module's functions stand for in one memory mode.
struct resolution {
    const runtime::handler* handlers;              ///< by opcode
    runtime::function_entry* entries;              ///< by defined function
    std::span<const std::uint32_t> type_numbers;   ///< the engine's, by module type index
    std::span<const std::uint32_t> object_indices; ///< of function objects, by defined function
    const wasm::module_info& info;
};

/// Where calls enter a function: at its first instruction, or behind it where that zeroes no local.
[[nodiscard]] inline std::size_t entry_of(std::span<const code_word> shared) noexcept {
    constexpr std::size_t first = runtime::preamble_words;
    const bool zeroes_nothing =
        shared[first] == make_opcode(single::zero_range) && fields_view{shared[first + 1]}.immediate() == 0;
    return first + (zeroes_nothing ? 2U : 0U);
}

/// Turns the shared form into the one that runs, in one pass: opcodes become handlers, targets addresses.
/// `resolved` has room for as many words.
inline void resolve_code(std::span<const code_word> shared, const resolution& environment,
                         code_word* resolved) noexcept {
    const auto address = [&](code_word target) { return reinterpret_cast<code_word>(resolved + target); };
    std::size_t at = 0;
    for (; at < runtime::preamble_words; ++at) {
        resolved[at] = shared[at];
    }
    while (at < shared.size()) {
        const auto op = static_cast<vm_opcode>(shared[at]);
        const instruction_shape& shape = instruction_infos[op].shape;
        const std::size_t end = at + instruction_length(shared.data() + at, op);
        resolved[at++] = reinterpret_cast<code_word>(environment.handlers[op]);
        for (std::size_t i = 0; at < end; ++at, ++i) {
            switch (shape.words[i < shape.count ? i : shape.count - 1U]) {
            case word_kind::fields:
            case word_kind::bits: resolved[at] = shared[at]; break;
            case word_kind::target:
            case word_kind::target_table: resolved[at] = address(shared[at]); break;
            case word_kind::function:
                resolved[at] = reinterpret_cast<code_word>(environment.entries + shared[at]);
                break;
            case word_kind::type:
                resolved[at] =
                    environment.type_numbers[shared[at]] | code_word{environment.info.types[shared[at]].depth} << 32U;
                break;
            case word_kind::object: {
                const std::uint32_t imported = environment.info.imported_functions;
                resolved[at] =
                    shared[at] < imported ? runtime::no_object : environment.object_indices[shared[at] - imported];
                break;
            }
            }
        }
    }
    // The preamble is what lies in front of the entry, be it in place of an instruction.
    const std::size_t entry = entry_of(shared);
    for (std::size_t i = 0; i < runtime::preamble_words; ++i) {
        resolved[entry - runtime::preamble_words + i] = shared[i];
    }
}

} // namespace riser::inline v0_1::core::bytecode
