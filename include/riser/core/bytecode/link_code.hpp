#pragma once

#include "riser/core/bytecode/instruction.hpp"
#include "riser/core/code/code.hpp"

#include <cstdint>
#include <span>

namespace riser::inline v0::core::bytecode {

/// What links a function of a module for a memory mode.
struct link_environment {
    const runtime::handler* handlers;            ///< by opcode
    runtime::function_entry* entries;            ///< by defined function
    std::span<const std::uint32_t> type_numbers; ///< the engine's, by module type index
};

/// Turns the shared form into the one that runs, in one pass: opcodes become handlers, targets addresses.
/// `linked` has room for as many words.
inline void link_code(std::span<const code_word> shared, const link_environment& environment,
                      code_word* linked) noexcept {
    const auto address = [&](code_word target) { return reinterpret_cast<code_word>(linked + target); };
    std::size_t at = 0;
    for (; at < runtime::preamble_words; ++at) {
        linked[at] = shared[at];
    }
    while (at < shared.size()) {
        const auto op = static_cast<vm_opcode>(shared[at]);
        const instruction_shape& shape = instruction_infos[op].shape;
        const std::size_t end = at + instruction_length(shared.data() + at, op);
        linked[at++] = reinterpret_cast<code_word>(environment.handlers[op]);
        for (std::size_t i = 0; at < end; ++at, ++i) {
            switch (shape.words[i < shape.count ? i : shape.count - 1U]) {
            case word_kind::lanes:
            case word_kind::bits: linked[at] = shared[at]; break;
            case word_kind::target:
            case word_kind::target_table: linked[at] = address(shared[at]); break;
            case word_kind::function: linked[at] = reinterpret_cast<code_word>(environment.entries + shared[at]); break;
            case word_kind::type: linked[at] = environment.type_numbers[shared[at]]; break;
            }
        }
    }
}

} // namespace riser::inline v0::core::bytecode
