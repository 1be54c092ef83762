#pragma once

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// A place in native code at which a frame can stand: behind a call of any kind, or an access that may fault.
struct native_site {
    std::uint32_t offset;               ///< of the call's end or the access's begin, in bytes from the function's begin
    std::uint32_t wasm_offset;          ///< of the operator, in the module
    std::uint32_t frame_bytes : 20 = 0; ///< from the stack pointer there to the return address
    std::uint32_t trap : 8 = 0;         ///< of a place in a pad of traps: its trap_kind
    /// Of an access to a memory that traps or faults here: the number of the register that has its address, without the offset.
    std::uint32_t address_register : 4 = 0;
};

} // namespace riser::inline v0_1::core::runtime
