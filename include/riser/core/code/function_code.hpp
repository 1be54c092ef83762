#pragma once

#include "riser/core/code/code.hpp"

#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::runtime {

/// A stretch of a function's code, in words from its begin, and where an exception that is thrown in it is looked at. A
/// function has ranges once a tier translates `try_table`.
struct try_range {
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t handler;
};

/// Where an instruction came from. Bytecode has none, since translating again says the same (bytecode/offsets.hpp); native
/// code cannot afford that.
struct code_site {
    std::uint32_t word;
    std::uint32_t wasm_offset; ///< of the operator, in the module
};

/// A function in the shared form, with its tables, which lie in a pool of the module's. Resolving changes no offset, so that
/// the tables hold for the form that runs as well.
struct function_code {
    std::span<const code_word> words;      ///< empty until translated
    std::span<const try_range> try_ranges; ///< innermost first
    std::span<const code_site> sites;      ///< ascending
};

} // namespace riser::inline v0_1::core::runtime
