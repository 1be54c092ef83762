#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/error.hpp"
#include "riser/wat/detail/refusal.hpp"
#include "riser/wat/detail/script_commands.hpp"
#include "riser/wat/detail/script_parser.hpp"
#include "riser/wat/script.hpp"

#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat {

RISER_INLINE result<std::vector<script::command>> try_parse_script(std::string_view text) {
    core::wasm::diagnostics diagnostics;
    std::vector<script::command> commands;
    if (detail::script_parser(text, diagnostics).parse(commands)) {
        return commands;
    }
    return detail::refusal_of(text, diagnostics.first());
}

} // namespace riser::inline v0_1::wat
