#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/limits.hpp"
#include "riser/wat/detail/memory.hpp"
#include "riser/wat/detail/print_module.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace riser::inline v0_1::wat {

/// How a module is printed.
struct print_options {
    /// Identifiers from the name section. Without them everything is numbered, and the section itself is left out.
    bool names = true;
    /// Bytes of text. A module made for it takes 100,000 times as many bytes as text as it has itself: the signature of a
    /// type, with the names of other types in it, stands at every function of that type. The default is what try_to_binary()
    /// can read.
    std::uint64_t max_size = limits::text_size;
    core::allocator allocator = {}; ///< of all memory but that of the text
};

/// A module in the text format (Core specification, chapter 6), with what it says in the name section as identifiers,
/// custom sections as annotations, and one instruction on each line. Instructions are printed as they are in the bytes,
/// reachable or not, and whether the module is valid or not. to_binary() makes an equivalent module of it.
///
/// \returns a compile_error with a byte offset where the bytes are not a module; one of reason::limit where the text, or
/// something in the module, is too large; a resource_error where there is no memory.
[[nodiscard]] inline result<std::string> try_print(std::span<const std::byte> module_bytes,
                                                   const print_options& options = {}) {
    core::wasm::diagnostics diagnostics;
    const detail::text_memory memory(options.allocator, diagnostics);
    std::string text = detail::module_printer(module_bytes, options.max_size, memory).print(options.names);
    if (diagnostics.ok()) {
        return text;
    }
    const core::wasm::diagnostic& failure = diagnostics.first();
    if (failure.kind == core::wasm::diagnostic_kind::out_of_memory) {
        return resource_error("out of memory: no room for the text of a module");
    }
    const auto why = failure.kind == core::wasm::diagnostic_kind::limit ? compile_error::reason::limit
                                                                        : compile_error::reason::malformed;
    return compile_error(why, failure.message, failure.offset, failure.function);
}

#if defined(__cpp_exceptions)
/// try_print(), which throws its error.
[[nodiscard]] inline std::string print(std::span<const std::byte> module_bytes, const print_options& options = {}) {
    return try_print(module_bytes, options).value();
}
#endif

} // namespace riser::inline v0_1::wat
