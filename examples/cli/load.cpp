#include "load.hpp"

#include "progress.hpp"
#include "report.hpp"

std::optional<riser::module> cli::load(const riser::engine_base& engine, const std::string& file,
                                       riser::compile_mode mode) {
    const std::string path = file == "-" ? "/dev/stdin" : file;
    riser::result<riser::module> module = [&] {
        const progress shown("reading and compiling " + printable(file));
        return riser::module::try_load(engine, path, mode);
    }();
    if (module) {
        return *std::move(module);
    }
    if (module.error().is<riser::compile_error>()) {
        static_cast<void>(report(engine, path, module.error()));
    } else {
        say(module.error().what()); // names the file
    }
    return std::nullopt;
}
