#pragma once

#include <cstddef>
#include <cstdint>

/// What riser refuses because it is too large, although the standard sets no limit (appendix "Implementation
/// Limitations" of the Core specification). All sizes and counts that a module states are compared with these, and with
/// the bytes that are left, before memory is taken for them.
///
/// Most are the limits of the WebAssembly JavaScript Interface (section "Implementation-defined Limits"), which browsers
/// agree on, so that a module that loads there loads here.
namespace riser::inline v0_1::limits {

// JavaScript Interface, "Implementation-defined Limits".
inline constexpr std::size_t module_size = 1'073'741'824;
inline constexpr std::uint32_t types = 1'000'000;  ///< also the length of one recursive group
inline constexpr std::uint32_t subtype_depth = 63; ///< a type without supertype has depth 0
inline constexpr std::uint32_t functions = 1'000'000;
inline constexpr std::uint32_t imports = 1'000'000;
inline constexpr std::uint32_t exports = 1'000'000;
inline constexpr std::uint32_t globals = 1'000'000;
inline constexpr std::uint32_t tags = 1'000'000;
inline constexpr std::uint32_t data_segments = 100'000;
inline constexpr std::uint32_t tables = 100'000;                ///< imports included
inline constexpr std::uint32_t table_initialisers = 10'000'000; ///< items of one element segment
inline constexpr std::uint32_t memories = 100;                  ///< imports included
inline constexpr std::uint32_t parameters = 1'000;
inline constexpr std::uint32_t results = 1'000;
inline constexpr std::uint32_t function_size = 7'654'321; ///< bytes, with the declarations of locals
inline constexpr std::uint32_t locals = 50'000;           ///< parameters included
inline constexpr std::uint32_t fields = 10'000;           ///< of a structure type
inline constexpr std::uint32_t array_new_fixed = 10'000;  ///< operands

// Core specification 3.2.16 (table types).
inline constexpr std::uint64_t table32_elements = 0xffff'ffff; ///< 32-bit addresses

// Not limited by the JavaScript Interface; wasmparser 0.263 (limits.rs) and V8 (wasm-limits.h) have the same numbers.
inline constexpr std::uint32_t element_segments = 100'000;
inline constexpr std::uint32_t name_size = 100'000;    ///< bytes of the name of an import or export
inline constexpr std::uint32_t catch_clauses = 10'000; ///< of one try_table

// riser's own. Two bytes of code can push 1,000 operands, so the operand stack of a function needs a limit of its own.
inline constexpr std::uint32_t operand_slots = 1'000'000;
inline constexpr std::uint32_t frame_slots =
    65'535; ///< of a function: parameters, locals and operands, a v128 being two
/// Pairs of types that differ and may match, compared where an operator has several operands: for each body, and for each byte
/// of it.
inline constexpr std::size_t type_comparisons = 100;
inline constexpr std::size_t type_comparisons_per_byte = 4;
/// 64-bit words that a function may become in bytecode for each byte of its body, and for each body. No operator takes as
/// many: this is what embedders may rely on.
inline constexpr std::size_t bytecode_words_per_byte = 16;
inline constexpr std::size_t bytecode_words_per_body = 64;
/// Bytes of native code that a function may become for each byte of its body, and for each body; what would take more is interpreted.
inline constexpr std::size_t native_bytes_per_byte = 128;
inline constexpr std::size_t native_bytes_per_body = 1024;
/// Imports that a link_error names; how many more there are stands in its message. Two bytes can name a type of 1,000
/// parameters.
inline constexpr std::size_t reported_imports = 1'000;
inline constexpr std::uint32_t text_size = 0xffff'ffff; ///< bytes of a module in the text format: offsets have 32 bits
inline constexpr std::uint32_t text_depth = 1'000'000;  ///< of blocks and folded instructions in the text format

} // namespace riser::inline v0_1::limits
