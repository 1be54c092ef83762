#pragma once

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

enum class code_kind : std::uint8_t {
    bytecode, ///< of a code_chunk
    native,   ///< of a native_chunk
};

/// What an address in code leads to, see code_map: a code_chunk or a native_chunk, which derive from this.
struct code_region {
    code_kind kind;
};

} // namespace riser::inline v0_1::core::runtime
