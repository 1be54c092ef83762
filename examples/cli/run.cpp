// `riser run`: a WASI program, or one exported function.
#include "commands.hpp"
#include "invoke.hpp"
#include "load.hpp"
#include "report.hpp"
#include "suggest.hpp"
#include "symbols.hpp"
#include "watchdog.hpp"

#include "riser/function.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "riser/wasi/wasi.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/resource.h>

namespace {

/// As many as the process may have (`ulimit -n`), as for a program of its own.
std::uint32_t descriptor_limit() {
    constexpr std::uint32_t most = 1U << 20U;
    struct rlimit files{};
    const bool is_known = ::getrlimit(RLIMIT_NOFILE, &files) == 0;
    return is_known && files.rlim_cur < most ? static_cast<std::uint32_t>(files.rlim_cur) : most;
}

riser::wasi::options wasi_options(const cli::run_options& options) {
    riser::wasi::options made;
    made.descriptor_limit(descriptor_limit());
    made.argument(options.argv0.value_or(cli::file_name(options.file)));
    if (!options.invoke) {
        made.arguments(options.arguments);
    }
    using riser::wasi::input;
    using riser::wasi::output;
    made.standard_input(options.inherits_stdin ? input::inherit() : input::nothing());
    made.standard_output(options.inherits_stdout ? output::inherit() : output::discard());
    made.standard_error(options.inherits_stderr ? output::inherit() : output::discard());
    if (options.inherits_environment) {
        made.inherit_environment();
    }
    for (const std::string& variable : options.environment) {
        const std::size_t equals = variable.find('=');
        if (equals != std::string::npos) {
            made.environment(variable.substr(0, equals), variable.substr(equals + 1));
        } else if (const char* const value = std::getenv(variable.c_str())) {
            made.environment(variable, value);
        }
    }
    for (const cli::shared_directory& directory : options.directories) {
        made.preopen(directory.host, directory.guest,
                     directory.is_read_only ? riser::wasi::access::read_only : riser::wasi::access::read_write);
    }
    return made;
}

std::vector<std::string> exported_functions(const riser::module& module) {
    std::vector<std::string> names;
    for (const riser::export_type& exported : module.exports()) {
        if (exported.type.kind == riser::external_kind::function) {
            names.emplace_back(exported.name);
        }
    }
    return names;
}

std::string list(const std::vector<std::string>& functions) {
    constexpr std::size_t most = 20;
    std::string text;
    for (std::size_t i = 0; i < functions.size() && i < most; ++i) {
        text += (i == 0 ? "" : ", ") + cli::quoted(functions[i]);
    }
    if (functions.size() > most) {
        text += " and " + std::to_string(functions.size() - most) + " more (riser inspect --exports)";
    }
    return text.empty() ? "It exports no functions." : "It exports the functions " + text + ".";
}

/// The arguments as the function takes them; empty where they do not fit, which is told.
std::optional<std::vector<riser::value>> parse_arguments(const riser::function_type& type,
                                                         const cli::run_options& options) {
    const std::string name = cli::quoted(*options.invoke);
    if (type.params.size() != options.arguments.size()) {
        riser::external_type signature;
        signature.function = type;
        cli::say(name + " takes " + std::to_string(type.params.size()) + " arguments, not " +
                 std::to_string(options.arguments.size()) + ": " + to_string(signature));
        return std::nullopt;
    }
    std::vector<riser::value> arguments;
    for (std::size_t i = 0; i < type.params.size(); ++i) {
        const auto argument = cli::parse_value(options.arguments[i], type.params[i]);
        if (!argument) {
            cli::say("argument " + std::to_string(i + 1) + " of " + name + " is to be " + to_string(type.params[i]) +
                     (cli::is_stated(type.params[i]) ? ", which '" + options.arguments[i] + "' is not"
                                                     : ", which a command line cannot state"));
            return std::nullopt;
        }
        arguments.push_back(*argument);
    }
    return arguments;
}

/// Says why the export that is to be called cannot be.
void refuse_export(const riser::module& module, const cli::run_options& options) {
    const std::string name = cli::quoted(*options.invoke);
    const std::vector<std::string> functions = exported_functions(module);
    std::string text = options.file + " exports no function " + name;
    const auto exports = module.exports();
    const auto found = std::find_if(exports.begin(), exports.end(),
                                    [&](const riser::export_type& each) { return each.name == *options.invoke; });
    text += found != exports.end() ? ": " + name + " is " + to_string(found->type)
                                   : cli::suggestion(*options.invoke, functions);
    cli::say(text + "\n" + list(functions));
}

/// Calls an export with the arguments as its parameters, and prints its results.
riser::result<int> invoke(const riser::instance& instance, const cli::run_options& options) {
    if (const riser::result<void> initialized = riser::wasi::try_initialize(instance); !initialized) {
        return initialized.error();
    }
    const riser::result<riser::function> callee = instance.try_function(*options.invoke);
    if (!callee) {
        refuse_export(instance.module(), options);
        return cli::exit_code::failure;
    }
    const riser::function_type type = callee->type();
    const auto arguments = parse_arguments(type, options);
    if (!arguments) {
        return cli::exit_code::usage;
    }
    std::vector<riser::value> results(type.results.size());
    if (const riser::result<void> called = callee->try_call(*arguments, results); !called) {
        return called.error();
    }
    for (const riser::value& value : results) {
        std::printf("%s\n", cli::to_text(value).c_str());
    }
    return cli::exit_code::success;
}

/// A process can have the codes 0 to 255.
int exit_with(std::uint32_t code, const cli::run_options& options) {
    if (code <= 255) {
        return static_cast<int>(code);
    }
    const auto meant = static_cast<std::int32_t>(code);
    cli::say(options.file + " exited with code " + std::to_string(code) +
             (meant < 0 ? " (" + std::to_string(meant) + ")" : "") + ", which a process cannot; riser exits with 1");
    return cli::exit_code::failure;
}

/// A library whose export without a name is its program, as the ones that ITK's tools compile to.
riser::result<int> start_unnamed(const riser::instance& library) {
    if (const riser::result<void> prepared = riser::wasi::try_initialize(library); !prepared) {
        return prepared.error();
    }
    const auto main = library.try_function<void()>("");
    if (!main) {
        return main.error();
    }
    const riser::result<void> ended = main->try_call();
    return ended ? riser::result<int>(cli::exit_code::success) : riser::result<int>(ended.error());
}

/// By WASI's application ABI `_start` has no results.
void warn_of_results(const riser::instance& program, const cli::run_options& options) {
    const riser::result<riser::function> start = program.try_function("_start");
    if (start && !start->type().results.empty()) {
        cli::say("warning: _start of " + options.file + " has results, which a program's has not; they are dropped");
    }
}

/// A library ("reactor") has nothing to run but its preparation.
riser::result<int> start_library(const riser::instance& library) {
    const riser::result<void> prepared = riser::wasi::try_initialize(library);
    return prepared ? riser::result<int>(cli::exit_code::success) : riser::result<int>(prepared.error());
}

riser::result<int> start(const riser::instance& instance, const cli::run_options& options) {
    if (instance.find("")) {
        return start_unnamed(instance);
    }
    if (!instance.find("_start")) {
        if (instance.find("_initialize")) {
            return start_library(instance);
        }
        cli::say(options.file +
                 " is no program, which would export _start, and no library with _initialize; name a function with "
                 "--invoke\n" +
                 list(exported_functions(instance.module())));
        return cli::exit_code::failure;
    }
    warn_of_results(instance, options);
    const riser::result<std::uint32_t> code = riser::wasi::try_run(instance);
    return code ? riser::result<int>(exit_with(*code, options)) : riser::result<int>(code.error());
}

/// Of the limits on what there is no room for, which `what` says, one stands in the way of instantiation.
void explain_sizes(std::string_view what, const riser::store_limits& limits) {
    constexpr riser::store_limits none;
    const auto explain = [&](const char* kind, std::uint64_t limit, std::uint64_t unlimited, const char* option,
                             const char* unit) {
        if (limit != unlimited && what.find(kind) != std::string_view::npos) {
            std::fprintf(stderr, "%s allows %llu %s.\n", option, static_cast<unsigned long long>(limit), unit);
        }
    };
    explain("memory ", limits.memory_bytes, none.memory_bytes, "--max-memory", "bytes");
    explain("memory ", limits.bytes_per_memory, none.bytes_per_memory, "-W max-memory-size", "bytes for each memory");
    explain("table ", limits.elements_per_table, none.elements_per_table, "-W max-table-elements",
            "elements for each table");
    explain("table ", limits.table_elements, UINT64_MAX, "--max-elements", "elements for all tables");
}

/// What a limit that was met is called on the command line.
void explain_limit(const riser::error& failure, const cli::run_options& options) {
    const auto trap = failure.as<riser::trap>();
    const riser::trap_kind kind = trap ? trap->kind() : riser::trap_kind::none;
    if (kind == riser::trap_kind::deadline_passed) {
        std::fprintf(stderr, "The time of --timeout is over.\n");
    } else if (kind == riser::trap_kind::out_of_fuel) {
        std::fprintf(stderr, "The %llu operators of --fuel are used up.\n",
                     static_cast<unsigned long long>(options.fuel.value_or(0)));
    } else if (kind == riser::trap_kind::stack_exhausted) {
        std::fprintf(stderr, "Recursion without end? Where not, --stack-size makes the stack larger.\n");
    } else if (const auto lacking = failure.as<riser::resource_error>();
               lacking && lacking->why() == riser::resource_error::reason::store_limit) {
        explain_sizes(failure.message(), options.limits);
    }
}

/// \returns what to exit with.
int report_end(const riser::error& failure, const cli::loaded_module& loaded, const cli::run_options& options) {
    if (const auto status = failure.as<riser::wasi::exit_status>()) {
        return exit_with(status->code(), options);
    }
    const int code = cli::report(options.file, loaded.source.text(), loaded.module, failure);
    explain_limit(failure, options);
    return code;
}

/// For guests that wait in a system call when their time is over: the process ends.
void give_up(const cli::run_options& options) {
    cli::say(options.file + " trapped: deadline passed, in a system call\nThe time of --timeout is over.");
    std::fflush(nullptr);
    std::_Exit(cli::exit_code::trap);
}

/// Everything after compiling. \returns what to exit with.
riser::result<int> link_and_run(const riser::engine_base& engine, riser::store& store, const riser::module& module,
                                const cli::run_options& options) {
    riser::linker linker(engine);
    if (options.wasi != cli::wasi_choice::none) {
        riser::wasi::add_to(linker);
    }
    riser::result<riser::wasi::context> context = riser::wasi::context::try_create(wasi_options(options));
    if (!context) {
        return context.error();
    }
    store.emplace<riser::wasi::context>(std::move(*context));
    if (options.fuel) {
        store.set_fuel(*options.fuel);
    }
    const cli::watchdog watched(store, options.timeout, [&options] { give_up(options); });
    const riser::result<riser::instance> instance = linker.try_instantiate(store, module);
    if (!instance) {
        return instance.error();
    }
    return options.invoke ? invoke(*instance, options) : start(*instance, options);
}

cli::engine_pointer make_engine_of(const cli::run_options& options, cli::symbols& symbols) {
    riser::engine_options made;
    made.tier_up = options.tier_up.value_or(made.tier_up);
    made.jit_threads = options.jit_threads.value_or(made.jit_threads);
    symbols.listen(made);
    return cli::make_engine(options.memory, options.tier, made);
}

/// What each backend has made of the module, and what it has refused.
void print_tiers(const riser::engine_base& engine, const riser::module& module) {
    for (const riser::tier_statistics& tier : module.tiers()) {
        std::fprintf(stderr, "%s: %llu functions, %llu bytes of native code, %.3f ms; refused %llu\n",
                     std::string(tier.name).c_str(), static_cast<unsigned long long>(tier.functions),
                     static_cast<unsigned long long>(tier.code_bytes), static_cast<double>(tier.nanoseconds) / 1e6,
                     static_cast<unsigned long long>(tier.refused));
        for (const riser::tier_refusal& refusal : tier.refusals) {
            std::fprintf(stderr, "  %s: %llu functions, function %u among them\n", std::string(refusal.reason).c_str(),
                         static_cast<unsigned long long>(refusal.functions), static_cast<unsigned>(refusal.first));
        }
    }
    const riser::native_statistics native = engine.native_statistics();
    if (!native.tiers.empty()) {
        std::fprintf(stderr, "native code: %llu of %llu bytes%s%s, %llu threads compile in the background\n",
                     static_cast<unsigned long long>(native.taken_bytes),
                     static_cast<unsigned long long>(native.limit_bytes), native.way.empty() ? "" : " by ",
                     std::string(native.way).c_str(), static_cast<unsigned long long>(native.threads));
    }
    if (!native.warning.empty()) {
        std::fprintf(stderr, "warning: %s\n", native.warning.c_str());
    }
}

void print_statistics(const riser::engine_base& engine, const riser::store& store, const riser::module& module,
                      const cli::run_options& options) {
    const riser::module_statistics code = module.statistics();
    const riser::engine_statistics memories = engine.statistics();
    std::fprintf(stderr,
                 "functions: %zu, translated %zu\n"
                 "code: %zu bytes of wasm, %zu of shared bytecode, %zu of resolved bytecode\n"
                 "memories: %llu signaling, %llu bounds-checking (%llu for want of address space)\n",
                 code.functions, code.translated_functions, code.wasm_bytes, code.bytecode_bytes, code.resolved_bytes,
                 static_cast<unsigned long long>(memories.signaling_memories),
                 static_cast<unsigned long long>(memories.checked_memories),
                 static_cast<unsigned long long>(memories.fallbacks));
    print_tiers(engine, module);
    if (options.fuel) {
        const std::uint64_t left = store.fuel().value_or(0);
        std::fprintf(stderr, "fuel: %llu used, %llu left\n", static_cast<unsigned long long>(*options.fuel - left),
                     static_cast<unsigned long long>(left));
    }
}

} // namespace

int cli::run(const run_options& options) {
    // A program whose reader has gone is to be told so by fd_write, as its libc expects.
    std::signal(SIGPIPE, SIG_IGN);
    symbols told(options);
    const engine_pointer engine = make_engine_of(options, told);
    const std::optional<loaded_module> loaded =
        load(*engine, options.file, mode_for(options.tier, options.compile_mode));
    if (!loaded) {
        return exit_code::failure;
    }
    riser::result<riser::store> store = riser::store::try_create(*engine, options.limits);
    if (!store) {
        return report(options.file, loaded->source.text(), loaded->module, store.error());
    }
    const riser::result<int> ended = link_and_run(*engine, *store, loaded->module, options);
    if (options.has_statistics) {
        print_statistics(*engine, *store, loaded->module, options);
    } else if (options.tier == tier_choice::baseline) {
        if (const std::string warning = engine->native_statistics().warning; !warning.empty()) {
            say("warning: " + warning);
        }
    }
    return ended ? *ended : report_end(ended.error(), *loaded, options);
}
