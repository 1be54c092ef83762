#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/translator.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

namespace riser::inline v0_1::core::bytecode {

/// Shared bytecode of a function with, for every instruction, where it came from.
struct annotated_code {
    vector<code_word> words;
    vector<code_builder::position> positions; ///< word offset, byte offset in the module; ascending words
};

/// Translates `function`. \returns false where its body is refused; `diagnostics` then says why.
inline bool translate(const wasm::module_info& module, std::span<const std::byte> bytes, std::uint32_t function,
                      annotated_code& out, wasm::diagnostics& diagnostics, bool with_positions,
                      const allocator& source = host_allocator) {
    translator sink(source);
    if (with_positions) {
        sink.positions = &out.positions;
    }
    if (!wasm::parse_function(module, bytes, function, sink, diagnostics, source)) {
        return false;
    }
    return diagnostics.require_memory(out.words.try_append(sink.words().begin(), sink.words().end()));
}

/// The module's byte offset of the wasm operator that the instruction around `word` came from; of the function's body where
/// `word` belongs to the preamble, and of what is refused in a function that cannot be translated. Offsets are not kept: the
/// function is translated again.
[[gnu::cold]] inline std::optional<std::uint32_t> wasm_offset_of(const wasm::module_info& module,
                                                                 std::span<const std::byte> bytes,
                                                                 std::uint32_t function, std::uint32_t word) {
    if (word < runtime::preamble_words) {
        return module.bodies[function - module.imported_functions].bytes.offset;
    }
    annotated_code code;
    wasm::diagnostics diagnostics;
    if (!translate(module, bytes, function, code, diagnostics, true)) {
        const wasm::diagnostic& why = diagnostics.first();
        return why.kind == wasm::diagnostic_kind::out_of_memory ? std::nullopt
                                                                : std::optional(static_cast<std::uint32_t>(why.offset));
    }
    const std::size_t after =
        partition_point(code.positions.size(), [&](std::size_t i) { return code.positions[i].first <= word; });
    if (after == 0) {
        return std::nullopt;
    }
    return code.positions[after - 1].second;
}

} // namespace riser::inline v0_1::core::bytecode
