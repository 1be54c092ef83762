#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/refusal.hpp"
#include "riser/wat/detail/script_commands.hpp"
#include "riser/wat/detail/script_parser.hpp"

#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

/// The commands of a script in the form of the official test suite (.wast), which script::command describes. Modules in it
/// are found but not parsed: their text is there for try_to_binary(). Fields without a module around them are one.
///
/// \returns a parse_error where something else in the script is wrong.
[[nodiscard]] inline result<std::vector<script::command>> try_parse_script(std::string_view text) {
    core::wasm::diagnostics diagnostics;
    std::vector<script::command> commands;
    if (detail::script_parser(text, diagnostics).parse(commands)) {
        return commands;
    }
    return detail::refusal_of(text, diagnostics.first());
}

#if defined(__cpp_exceptions)
/// try_parse_script(), which throws its error.
[[nodiscard]] inline std::vector<script::command> parse_script(std::string_view text) {
    return try_parse_script(text).value();
}
#endif

} // namespace riser::inline v0_1::wat
