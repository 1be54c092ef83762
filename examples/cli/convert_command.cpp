// What `riser wat2wasm` and `riser wasm2wat` take.
#include "description.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using cli::command_line;
using complaint = std::optional<std::string>;

constexpr std::string_view writing = "What is written";

constexpr cli::option output_option(std::string_view summary) {
    return {.group = writing,
            .name = "output",
            .letter = 'o',
            .kind = cli::value_kind::file,
            .value = "FILE",
            .summary = summary,
            .details = "It is replaced when all is converted, so that nothing is lost by a failure",
            .set = [](command_line& line, const std::string& file) -> complaint {
                line.convert.output = file;
                return file.empty() ? complaint("a file, or - for standard output") : std::nullopt;
            }};
}

constexpr cli::option names_option(std::string_view summary) {
    return {
        .group = writing, .name = "no-names", .summary = summary, .set = [](command_line& line, const std::string&) {
            line.convert.has_names = false;
            return complaint();
        }};
}

constexpr cli::option text_table[] = {
    output_option("Where the binary goes; - is standard output (default: beside FILE, .wasm in place of .wat)"),
    names_option("Leave out the name section, which is made of identifiers and (@name \"...\")"),
    {.group = writing,
     .name = "no-check",
     .summary = "Write the module even where it is invalid",
     .set = [](command_line& line, const std::string&) -> complaint {
         line.convert.is_checked = false;
         return std::nullopt;
     }},
};

constexpr cli::option binary_table[] = {
    output_option("Where the text goes; - is standard output, the default"),
    names_option("Number everything, and leave out the name section"),
};

constexpr cli::example text_examples[] = {
    {"riser wat2wasm app.wat", "Write app.wasm."},
    {"riser wat2wasm - < app.wat | riser run -", "Through a pipe; riser run app.wat does the same."},
};

constexpr cli::example binary_examples[] = {
    {"riser wasm2wat app.wasm | less", "Read a module."},
    {"riser wasm2wat app.wasm -o app.wat", "Write it to a file, which riser run and riser wat2wasm take."},
};

complaint take_file(command_line& line, const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        return "FILE is missing: the module to convert";
    }
    line.convert.file = arguments.front();
    return arguments.size() > 1 ? complaint("there is more than one FILE: '" + arguments[1] + "'") : std::nullopt;
}

constexpr cli::command from_text = {
    .name = "wat2wasm",
    .arguments = "FILE",
    .summary = "Convert a module from the text format to the binary format",
    .description =
        "FILE is a module in the text format (.wat), or - for standard input, which goes to standard output. "
        "Nothing is written where the module is wrong.",
    .options = text_table,
    .examples = text_examples,
    .words = "",
    .ends_at_file = false,
    .take = take_file,
    .execute = [](const command_line& line) { return cli::text_to_binary(line.convert); },
};

constexpr cli::command from_binary = {
    .name = "wasm2wat",
    .arguments = "FILE",
    .summary = "Convert a module from the binary format to the text format",
    .description = "FILE is a module in the binary format, or - for standard input. It need not be valid. What "
                   "riser wat2wasm makes of the text is an equivalent module.",
    .options = binary_table,
    .examples = binary_examples,
    .words = "",
    .ends_at_file = false,
    .take = take_file,
    .execute = [](const command_line& line) { return cli::binary_to_text(line.convert); },
};

} // namespace

const cli::command& cli::describe_wat2wasm() { return from_text; }
const cli::command& cli::describe_wasm2wat() { return from_binary; }
