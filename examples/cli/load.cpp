#include "load.hpp"

#include "module_file.hpp"
#include "progress.hpp"
#include "report.hpp"

std::optional<cli::loaded_module> cli::load(const riser::engine_base& engine, const std::string& file,
                                            riser::compile_mode mode) {
    const std::string path = path_of(file);
    module_file source; // where it is a text
    riser::result<riser::module> module = [&]() -> riser::result<riser::module> {
        const progress shown("reading and compiling " + printable(file));
        riser::result<module_file> content = read_module_file(path);
        if (!content) {
            return content.error();
        }
        if (content->is_text) {
            source = *std::move(content);
        }
        riser::result<std::vector<std::byte>> binary =
            source.is_text ? to_binary(path, source.text(), true) : std::move(content->bytes);
        return binary ? riser::module::try_compile(engine, *std::move(binary), mode) : binary.error();
    }();
    if (module) {
        return loaded_module{*std::move(module), std::move(source)};
    }
    static_cast<void>(report_unusable(engine, path, source.text(), module.error()));
    return std::nullopt;
}
