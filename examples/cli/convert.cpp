// `riser wat2wasm` and `riser wasm2wat`: from one format of modules to the other.
#include "commands.hpp"
#include "module_file.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "write_file.hpp"

#include "riser/module.hpp"
#include "riser/wat/print.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace {

using bytes = std::vector<std::byte>;

/// Beside the text, with another ending; what came from standard input goes to standard output.
std::string output_of_text(const std::string& file) {
    constexpr std::string_view ending = ".wat";
    return file == "-" ? file : (file.ends_with(ending) ? file.substr(0, file.size() - ending.size()) : file) + ".wasm";
}

/// Reads a file that is to be in one of the formats; what is wrong is told.
std::optional<cli::module_file> read(const std::string& path, bool is_text) {
    riser::result<cli::module_file> file = cli::read_module_file(path);
    if (!file) {
        cli::say(file.error().what());
        return std::nullopt;
    }
    if (file->is_text != is_text) {
        cli::say(path + (is_text ? " is in the binary format already" : " is in the text format already"));
        return std::nullopt;
    }
    return *std::move(file);
}

riser::result<bytes> to_checked_binary(const riser::engine_base& engine, const std::string& path, std::string_view text,
                                       const cli::convert_options& options) {
    const cli::progress shown("converting " + cli::printable(options.file));
    riser::result<bytes> binary = cli::to_binary(path, text, options.has_names);
    if (binary && options.is_checked) {
        const auto module = riser::module::try_compile(engine, *binary, riser::compile_mode::lazy_translation);
        return module ? std::move(binary) : module.error();
    }
    return binary;
}

} // namespace

int cli::text_to_binary(const convert_options& options) {
    const std::string output = options.output.value_or(output_of_text(options.file));
    if (output == "-" && ::isatty(STDOUT_FILENO) == 1) {
        say("a binary module is nothing for a terminal; --output FILE says where it goes");
        return exit_code::usage;
    }
    const std::string path = path_of(options.file);
    const std::optional<module_file> file = read(path, true);
    if (!file) {
        return exit_code::failure;
    }
    const engine_pointer engine = make_engine(memory_choice::bounds_checking); // which reserves nothing
    const riser::result<bytes> binary = to_checked_binary(*engine, path, file->text(), options);
    if (!binary) {
        return report_unusable(*engine, path, file->text(), binary.error());
    }
    const std::string_view content(reinterpret_cast<const char*>(binary->data()), binary->size());
    return write_file(output, content) ? exit_code::success : exit_code::failure;
}

int cli::binary_to_text(const convert_options& options) {
    const std::string path = path_of(options.file);
    const std::optional<module_file> file = read(path, false);
    if (!file) {
        return exit_code::failure;
    }
    const riser::result<std::string> text = [&] {
        const progress shown("converting " + printable(options.file));
        riser::wat::print_options how;
        how.names = options.has_names;
        return riser::wat::try_print(file->bytes, how);
    }();
    if (!text) {
        return report_unusable(*make_engine(memory_choice::bounds_checking), path, {}, text.error());
    }
    return write_file(options.output.value_or("-"), *text) ? exit_code::success : exit_code::failure;
}
