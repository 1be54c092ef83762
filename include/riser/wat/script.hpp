#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/script_commands.hpp"

#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

/// The commands of a script in the form of the official test suite (.wast), which script::command describes. Modules in it
/// are found but not parsed: their text is there for try_to_binary(). Fields without a module around them are one.
///
/// \returns a parse_error where something else in the script is wrong.
[[nodiscard]] RISER_INLINE result<std::vector<script::command>> try_parse_script(std::string_view text);

#if defined(__cpp_exceptions)
/// try_parse_script(), which throws its error.
[[nodiscard]] inline std::vector<script::command> parse_script(std::string_view text) {
    return try_parse_script(text).value();
}
#endif

} // namespace riser::inline v0_1::wat

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wat/detail/script.hpp"
#endif
