#include "load.hpp"

#include "module_file.hpp"
#include "progress.hpp"
#include "report.hpp"

std::optional<riser::module> cli::load(const riser::engine_base& engine, const std::string& file,
                                       riser::compile_mode mode) {
    const std::string path = path_of(file);
    bool is_text = false;
    riser::result<riser::module> module = [&]() -> riser::result<riser::module> {
        const progress shown("reading and compiling " + printable(file));
        riser::result<module_file> content = read_module_file(path);
        if (!content) {
            return content.error();
        }
        is_text = content->is_text;
        riser::result<std::vector<std::byte>> binary = to_binary(path, *std::move(content));
        return binary ? riser::module::try_compile(engine, *std::move(binary), mode) : binary.error();
    }();
    if (module) {
        return *std::move(module);
    }
    static_cast<void>(report_unusable(engine, path, is_text, module.error()));
    return std::nullopt;
}
