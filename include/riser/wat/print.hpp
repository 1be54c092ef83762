#pragma once

#include "riser/config.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/error.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

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
[[nodiscard]] RISER_INLINE result<std::string> try_print(std::span<const std::byte> module_bytes,
                                                         const print_options& options = {});

#if defined(__cpp_exceptions)
/// try_print(), which throws its error.
[[nodiscard]] inline std::string print(std::span<const std::byte> module_bytes, const print_options& options = {}) {
    return try_print(module_bytes, options).value();
}
#endif

} // namespace riser::inline v0_1::wat

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wat/detail/print.hpp"
#endif
