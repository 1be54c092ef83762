// What `riser inspect` takes.
#include "description.hpp"
#include "disassembly.hpp"
#include "shared_options.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cli::command_line;
using complaint = std::optional<std::string>;

constexpr std::string_view parts = "What is printed";

/// For flags.
template <bool cli::inspect_options::* Member>
complaint set_flag(command_line& line, const std::string&) {
    line.inspect.*Member = true;
    return std::nullopt;
}

complaint set_tier(command_line& line, const std::string& word) {
    line.inspect.has_bytecode = true;
    line.inspect.has_native = word == "baseline";
    return std::nullopt;
}

constexpr cli::option inspect_table[] = {
    {.group = parts,
     .name = "imports",
     .summary = "What the module needs",
     .set = set_flag<&cli::inspect_options::has_imports>},
    {.group = parts,
     .name = "exports",
     .summary = "What the module has",
     .set = set_flag<&cli::inspect_options::has_exports>},
    {.group = parts,
     .name = "json",
     .summary = "The same as one JSON object, for programs",
     .details =
         "Members: file; bytes; name (null where it has none); types, a count; functions, tables, globals and tags, "
         "each with "
         "the counts defined and imported; segments, with the counts element and data; code_bytes; start (null, or the "
         "index of a function); memories; custom_sections, each with name and bytes; refused_functions, which are "
         "valid, "
         "but trap when they are called, each with index, name, reason, and offset (in the binary form); imports; "
         "exports. An import has "
         "module "
         "and name, an export name. Both, and memories, have kind (function, table, memory, global, tag) and type, in "
         "the "
         "notation of the text format, and its parts: functions and tags params and results; tables element, min, max "
         "(null where there is none) and is_64; memories min, max, is_64, shared and page_size; globals value and "
         "mutable. "
         "With --imports or --exports there are file and these alone.",
     .set = set_flag<&cli::inspect_options::is_json>},
    {.group = parts,
     .name = "bytecode",
     .summary = "Wasm and the interpreter's bytecode side by side; of FUNCTION, or of all",
     .set = set_flag<&cli::inspect_options::has_bytecode>},
    {.group = parts,
     .name = "tier",
     .kind = cli::value_kind::words,
     .value = "interpreter|baseline",
     .summary = "What the tiers up to this one make of FUNCTION, or of all",
     .details = "interpreter is --bytecode; baseline adds the machine code, with the offsets of the operators in front "
                "of loops, "
                "calls and accesses that may fault. It needs a riser with native code and a disassembler (Capstone).",
     .set = set_tier},
};

constexpr cli::example inspect_examples[] = {
    {"riser inspect app.wasm", "Is it valid, and what is in it?"},
    {"riser inspect --exports app.wasm", "Which functions can be called with riser run --invoke?"},
    {"riser inspect --json --imports app.wasm | jq -r '.imports[].name'", "The names of what it needs."},
    {"riser inspect --tier baseline app.wasm main", "What all tiers make of the function main."},
    {"riser inspect --bytecode app.wasm main", "What the interpreter makes of the function main."},
};

complaint take_inspected(command_line& line, const std::vector<std::string>& arguments) {
    cli::inspect_options& options = line.inspect;
    if (arguments.empty()) {
        return "FILE is missing: the module to look at";
    }
    options.file = arguments[0];
    if (arguments.size() > (options.has_bytecode ? 2 : 1)) {
        return options.has_bytecode
                   ? "there is more than one FUNCTION: '" + arguments.back() + "'"
                   : "there is more than one FILE: '" + arguments.back() + "'; a FUNCTION needs --bytecode or --tier";
    }
    if (arguments.size() == 2) {
        options.function = arguments[1];
    }
    if (options.has_native && !cli::has_baseline) {
        return cli::refuse_native("--tier baseline");
    }
    if (options.has_native && !cli::has_disassembler) {
        return "--tier baseline prints machine code, and this riser was built without a disassembler (Capstone)";
    }
    if (options.has_bytecode && (options.is_json || options.has_imports || options.has_exports)) {
        return "--bytecode and --tier do not go together with --json, --imports and --exports";
    }
    return std::nullopt;
}

constexpr cli::command described = {
    .name = "inspect",
    .arguments = "FILE [FUNCTION]",
    .summary = "Validate a module and say what is in it",
    .description = "FILE is a module, in the binary or the text format, or - for standard input. FUNCTION, with "
                   "--bytecode or --tier, is an index "
                   "or a name.",
    .options = inspect_table,
    .examples = inspect_examples,
    .words = "",
    .ends_at_file = false,
    .take = take_inspected,
    .execute = [](const command_line& line) { return cli::inspect(line.inspect); },
};

} // namespace

const cli::command& cli::describe_inspect() { return described; }
