// `riser run`: a WASI program, or one exported function.
#include "commands.hpp"
#include "invoke.hpp"
#include "report.hpp"

#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/wasi/wasi.hpp"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace {

riser::wasi::options wasi_options(const cli::run_options& options) {
    riser::wasi::options made;
    made.argument(options.argv0.value_or(cli::file_name(options.file))).inherit_stdio();
    if (!options.invoke) {
        made.arguments(options.arguments);
    }
    for (const std::string& variable : options.environment) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string::npos) {
            made.environment(variable.substr(0, equals), variable.substr(equals + 1));
        } else if (const char* const value = std::getenv(variable.c_str())) {
            made.environment(variable, value);
        }
    }
    for (const std::string& directory : options.directories) {
        const std::size_t colons = directory.find("::");
        const std::string host = directory.substr(0, colons);
        made.preopen(host, colons == std::string::npos ? host : directory.substr(colons + 2));
    }
    return made;
}

std::string list_functions(const riser::module& module) {
    std::string text;
    for (const riser::export_type& exported : module.exports()) {
        if (exported.type.kind == riser::external_kind::function) {
            text.append(text.empty() ? "" : ", ").append(exported.name);
        }
    }
    return text.empty() ? "It exports no functions." : "It exports the functions " + text + ".";
}

/// Calls an export with the arguments as its parameters, and prints its results.
riser::result<int> invoke(const riser::instance& instance, const cli::run_options& options) {
    if (const riser::result<void> initialized = riser::wasi::try_initialize(instance); !initialized) {
        return initialized.error();
    }
    const riser::result<riser::function> callee = instance.try_function(*options.invoke);
    if (!callee) {
        std::fprintf(stderr, "riser: %s exports no function %s. %s\n", options.file.c_str(), options.invoke->c_str(),
                     list_functions(instance.module()).c_str());
        return cli::exit_code::failure;
    }
    const riser::function_type type = callee->type();
    if (type.params.size() != options.arguments.size()) {
        std::fprintf(stderr, "riser: %s takes %zu arguments, not %zu\n", options.invoke->c_str(), type.params.size(),
                     options.arguments.size());
        return cli::exit_code::usage;
    }
    std::vector<riser::value> arguments;
    for (std::size_t i = 0; i < type.params.size(); ++i) {
        const auto argument = cli::parse_value(options.arguments[i], type.params[i]);
        if (!argument) {
            std::fprintf(stderr, "riser: argument %zu of %s is to be %s, which '%s' is not\n", i + 1,
                         options.invoke->c_str(), to_string(type.params[i]).c_str(), options.arguments[i].c_str());
            return cli::exit_code::usage;
        }
        arguments.push_back(*argument);
    }
    std::vector<riser::value> results(type.results.size());
    if (const riser::result<void> called = callee->try_call(arguments, results); !called) {
        return called.error();
    }
    for (const riser::value& value : results) {
        std::printf("%s\n", cli::to_text(value).c_str());
    }
    return cli::exit_code::success;
}

riser::result<int> start(const riser::instance& instance, const cli::run_options& options) {
    if (!instance.find("_start")) {
        std::fprintf(stderr, "riser: %s is no program, which would export _start; name a function with --invoke. %s\n",
                     options.file.c_str(), list_functions(instance.module()).c_str());
        return cli::exit_code::failure;
    }
    const riser::result<std::uint32_t> code = riser::wasi::try_run(instance);
    return code ? riser::result<int>(static_cast<int>(*code)) : riser::result<int>(code.error());
}

/// Everything after compiling. \returns what to exit with.
riser::result<int> link_and_run(const riser::engine_base& engine, const riser::module& module,
                                const cli::run_options& options) {
    riser::linker linker(engine);
    riser::wasi::add_to(linker);
    riser::result<riser::wasi::context> context = riser::wasi::context::try_create(wasi_options(options));
    if (!context) {
        return context.error();
    }
    riser::result<riser::store> store = riser::store::try_create(engine);
    if (!store) {
        return store.error();
    }
    store->emplace<riser::wasi::context>(std::move(*context));
    const riser::result<riser::instance> instance = linker.try_instantiate(*store, module);
    if (!instance) {
        return instance.error();
    }
    return options.invoke ? invoke(*instance, options) : start(*instance, options);
}

void print_statistics(const riser::engine_base& engine, const riser::module& module) {
    const riser::module_statistics code = module.statistics();
    const riser::engine_statistics memories = engine.statistics();
    std::fprintf(stderr,
                 "functions: %zu, translated %zu\n"
                 "code: %zu bytes of wasm, %zu of shared bytecode, %zu of linked bytecode\n"
                 "memories: %llu signaling, %llu bounds-checking (%llu for want of address space)\n",
                 code.functions, code.translated_functions, code.wasm_bytes, code.bytecode_bytes, code.linked_bytes,
                 static_cast<unsigned long long>(memories.signaling_memories),
                 static_cast<unsigned long long>(memories.checked_memories),
                 static_cast<unsigned long long>(memories.fallbacks));
}

} // namespace

int cli::run(const run_options& options) {
    // A program whose reader has gone is to be told so by fd_write, as its libc expects.
    std::signal(SIGPIPE, SIG_IGN);
    const engine_pointer engine = make_engine(options.memory);
    const riser::result<riser::module> module = riser::module::try_load(*engine, options.file, options.compile_mode);
    if (!module) {
        return report(*engine, options.file, module.error());
    }
    const riser::result<int> ended = link_and_run(*engine, *module, options);
    if (options.has_statistics) {
        print_statistics(*engine, *module);
    }
    if (ended) {
        return *ended;
    }
    if (const auto status = ended.error().as<riser::wasi::exit_status>()) {
        return static_cast<int>(status->code());
    }
    return report(*engine, options.file, ended.error());
}
