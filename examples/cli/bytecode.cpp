// `riser inspect --bytecode` and `--tier`: what the translator makes of each operator, and a backend of each function.
#include "commands.hpp"
#include "disassembly.hpp"
#include "report.hpp"
#include "suggest.hpp"

#include "riser/core/bytecode/disassembler.hpp"
#include "riser/core/bytecode/offsets.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/wasm/function/operator_listing.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace bytecode = riser::core::bytecode;
namespace wasm = riser::core::wasm;

constexpr int left_width = 40;

void print_row(std::string_view left, std::string_view right) {
    std::printf("%-*.*s %.*s\n", left_width, static_cast<int>(left.size()), left.data(), static_cast<int>(right.size()),
                right.data());
}

/// One operator and the instructions that came from it; `next` is the first position not printed yet.
void print_operator(const wasm::operator_listing::line& line, const bytecode::annotated_code& code, std::size_t& next) {
    char offset[16];
    std::snprintf(offset, sizeof offset, "%08x ", static_cast<unsigned>(line.offset));
    constexpr std::uint32_t most_indented = 32; // a module may nest a million blocks
    const std::string left = offset + std::string(2U * std::min(line.depth, most_indented), ' ') + line.text;
    bool is_first = true;
    for (; next < code.positions.size() && code.positions[next].second <= line.offset; ++next) {
        const std::uint32_t word = code.positions[next].first;
        print_row(is_first ? left : "", std::to_string(word) + ": " + bytecode::disassemble(&code.words[word]));
        is_first = false;
    }
    if (is_first) {
        print_row(left, "");
    }
}

/// \returns the reason where the function uses something that is not supported, or is beyond riser's own limits.
std::optional<std::string> print_function(const riser::core::runtime::module_state& module, std::uint32_t function) {
    const std::string_view name = riser::core::runtime::name_of_function(module, function);
    std::printf("function %u %.*s\n", static_cast<unsigned>(function), static_cast<int>(name.size()), name.data());
    wasm::diagnostics diagnostics;
    wasm::operator_listing listing(module.bytes);
    bytecode::annotated_code code;
    if (!wasm::parse_function(module.info, module.bytes, function, listing, diagnostics) ||
        !bytecode::translate(module.info, module.bytes, function, code, diagnostics, true)) {
        const std::string reason =
            std::string(diagnostics.first().message.view()) + ", at byte " + std::to_string(diagnostics.first().offset);
        std::printf("  %s\n\n", reason.c_str());
        return "function " + std::to_string(function) + (name.empty() ? "" : " (" + cli::quoted(name) + ")") + ": " +
               reason;
    }
    using namespace riser::core::runtime;
    std::printf("  %zu words, %u frame slots, weight %u\n", code.words.size(),
                static_cast<unsigned>(preamble_frame_slots(code.words[1])),
                static_cast<unsigned>(preamble_weight(code.words[1])));
    std::size_t next = 0;
    for (const wasm::operator_listing::line& line : listing.lines) {
        print_operator(line, code, next);
    }
    for (; next < code.positions.size(); ++next) {
        const std::uint32_t word = code.positions[next].first;
        print_row("", std::to_string(word) + ": " + bytecode::disassemble(&code.words[word]));
    }
    std::printf("\n");
    return std::nullopt;
}

/// \returns what to exit with.
int print_functions(const riser::module& module, std::uint32_t first, std::uint32_t end, bool has_native) {
    std::size_t refused = 0;
    std::optional<std::string> first_reason;
    for (std::uint32_t i = first; i < end; ++i) {
        if (const std::optional<std::string> reason = print_function(*module.state(), i)) {
            first_reason = refused++ == 0 ? reason : first_reason;
        } else if (has_native) {
            cli::print_native(module, i);
        }
    }
    if (refused == 0) {
        return cli::exit_code::success;
    }
    cli::say(*first_reason + (refused > 1 ? "\nand " + std::to_string(refused - 1) + " more have no bytecode" : ""));
    return cli::exit_code::failure;
}

/// The function with this index or name; the number of functions where there is none.
std::uint32_t find_function(const riser::core::runtime::module_state& module, std::string_view wanted) {
    const auto count = static_cast<std::uint32_t>(module.info.functions.size());
    std::uint32_t index = count;
    const auto parsed = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
    if (parsed.ec == std::errc{} && parsed.ptr == wanted.data() + wanted.size()) {
        return index < count ? index : count;
    }
    for (index = 0; index < count && riser::core::runtime::name_of_function(module, index) != wanted; ++index) {
    }
    return index;
}

} // namespace

int cli::print_bytecode(const riser::module& module, const std::optional<std::string>& function, bool has_native) {
    const auto& state = *module.state();
    const auto count = static_cast<std::uint32_t>(state.info.functions.size());
    if (!function) {
        return print_functions(module, state.info.imported_functions, count, has_native);
    }
    const std::uint32_t index = find_function(state, *function);
    if (index == count || index < state.info.imported_functions) {
        std::vector<std::string> names;
        for (std::uint32_t i = state.info.imported_functions; i < count; ++i) {
            names.emplace_back(riser::core::runtime::name_of_function(state, i));
        }
        say("there is no function '" + *function + "' defined in the module" + suggestion(*function, names));
        return exit_code::failure;
    }
    return print_functions(module, index, index + 1, has_native);
}
