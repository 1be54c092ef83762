#pragma once

#include "riser/config.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/error.hpp"
#include "riser/limits.hpp"
#include "riser/wat/parse_error.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

struct parse_options {
    std::uint32_t max_depth = limits::text_depth; ///< of blocks and folded instructions
    bool names = true;                            ///< write the name section, from identifiers and `(@name "…")`
    core::allocator allocator = {};               ///< of all memory but that of what is returned
};

/// The binary of a module in the text format: `(module …)`, or the fields of one alone.
///
/// Whether the module is valid, riser::module finds.
///
/// \returns a parse_error, or a resource_error where there is no memory.
[[nodiscard]] RISER_INLINE result<std::vector<std::byte>> try_to_binary(std::string_view text,
                                                                        const parse_options& options = {});

#if defined(__cpp_exceptions)
/// try_to_binary(), which throws its error.
[[nodiscard]] inline std::vector<std::byte> to_binary(std::string_view text, const parse_options& options = {}) {
    return try_to_binary(text, options).value();
}
#endif

} // namespace riser::inline v0_1::wat

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wat/detail/parse.hpp"
#endif
