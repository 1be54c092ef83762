#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/wat/parse.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

/// Where in `text` the bytes at `offsets` of what to_binary() makes of it come from: the instruction, where there is one, else
/// the field. Parses the text twice more, in linear time; to_binary() keeps no positions for it. Each offset costs a look at each
/// token, so that these had better be few.
///
/// \param options those of to_binary()
/// \returns for each nothing where the text is malformed, or has nothing that the byte is made of.
[[nodiscard]] RISER_INLINE std::vector<std::optional<position>>
positions_of_bytes(std::string_view text, std::span<const std::size_t> offsets, const parse_options& options = {});

/// The same for one byte.
[[nodiscard]] RISER_INLINE std::optional<position> position_of_byte(std::string_view text, std::size_t offset,
                                                                    const parse_options& options = {});

/// What riser::module says of the binary of a text, in terms of the text: a compile_error becomes a parse_error with line and
/// column. Any other error, and one about what the text does not state, comes back as it is.
///
/// \param options those of to_binary()
[[nodiscard]] RISER_INLINE error locate(const error& failure, std::string_view text, const parse_options& options = {});

} // namespace riser::inline v0_1::wat

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wat/detail/locate.hpp"
#endif
