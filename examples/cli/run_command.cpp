// What `riser run` takes.
#include "description.hpp"
#include "shared_options.hpp"
#include "values.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace {

using cli::command_line;
using cli::value_kind;
using complaint = std::optional<std::string>;

complaint set_timeout(command_line& line, const std::string& text) {
    line.run.timeout = cli::parse_duration(text);
    return line.run.timeout ? std::nullopt : complaint("whole seconds, or a number with s, ms, us or ns after it");
}

complaint set_fuel(command_line& line, const std::string& text) {
    line.run.fuel = cli::parse_number(text);
    return line.run.fuel ? std::nullopt : complaint("a number of wasm operators");
}

/// \returns nothing where it is one, which goes to `to`.
complaint take_size(const std::string& text, std::uint64_t& to) {
    const std::optional<std::uint64_t> size = cli::parse_size(text);
    to = size.value_or(to);
    return size ? std::nullopt
                : complaint("a number of bytes, with K, M or G (or KiB, MiB, GiB) after it for powers of 1024");
}

complaint set_stack_size(command_line& line, const std::string& text) {
    std::uint64_t size = 0;
    if (complaint wrong = take_size(text, size)) {
        return wrong;
    }
    line.run.limits.stack_bytes = size;
    return size != 0 ? std::nullopt : complaint("more than nothing");
}

complaint set_max_memory(command_line& line, const std::string& text) {
    return take_size(text, line.run.limits.memory_bytes);
}

complaint set_max_memory_size(command_line& line, const std::string& text) {
    return take_size(text, line.run.limits.bytes_per_memory);
}

complaint set_max_table_elements(command_line& line, const std::string& text) {
    const std::optional<std::uint64_t> number = cli::parse_number(text);
    line.run.limits.elements_per_table = number.value_or(0);
    line.run.limits.table_elements = std::max(line.run.limits.table_elements, line.run.limits.elements_per_table);
    return number ? std::nullopt : complaint("a number of elements");
}

complaint set_max_elements(command_line& line, const std::string& text) {
    const std::optional<std::uint64_t> number = cli::parse_number(text);
    line.run.most_elements = number;
    return number ? std::nullopt : complaint("a number of elements");
}

complaint add_directory(command_line& line, const std::string& text, bool is_read_only) {
    const std::size_t colons = text.find("::");
    const std::string host = text.substr(0, colons);
    const std::string guest = colons == std::string::npos ? host : text.substr(colons + 2);
    line.run.directories.push_back({host, guest, is_read_only});
    return host.empty() || guest.empty() ? complaint("a directory, or HOST::GUEST") : std::nullopt;
}

complaint add_variable(command_line& line, const std::string& text) {
    line.run.environment.push_back(text);
    return text.empty() || text.front() == '=' ? complaint("NAME or NAME=VALUE") : std::nullopt;
}

complaint set_tier_up(command_line& line, const std::string& text) {
    line.run.tier_up = cli::parse_number(text);
    return line.run.tier_up ? std::nullopt : complaint("a number of wasm operators");
}

complaint set_jit_threads(command_line& line, const std::string& text) {
    constexpr std::uint64_t most = 1024;
    const std::optional<std::uint64_t> number = cli::parse_number(text);
    line.run.jit_threads = static_cast<unsigned>(number.value_or(0));
    return number && *number <= most ? std::nullopt : complaint("a number of threads, at most 1024");
}

complaint set_profile(command_line& line, const std::string& word) {
    line.run.profile = word == "perfmap"   ? cli::profile_choice::perf_map
                       : word == "jitdump" ? cli::profile_choice::jitdump
                                           : cli::profile_choice::perf;
    return std::nullopt;
}

complaint set_compile_mode(command_line& line, const std::string& word) {
    line.run.compile_mode = word == "eager"             ? riser::compile_mode::eager
                            : word == "lazy-validation" ? riser::compile_mode::lazy_validation
                                                        : riser::compile_mode::lazy_translation;
    return std::nullopt;
}

template <cli::wasi_choice Choice>
complaint set_wasi(command_line& line, const std::string& text) {
    line.run.wasi = Choice;
    return text.empty() ? std::nullopt : complaint("without a value");
}

/// `key`, `key=y` or `key=n`.
template <bool cli::run_options::* Member>
complaint set_switch(command_line& line, const std::string& text) {
    const std::optional<bool> value = text.empty() ? true : cli::parse_switch(text);
    line.run.*Member = value.value_or(false);
    return value ? std::nullopt : complaint("y or n");
}

complaint set_cli(command_line& line, const std::string& text) {
    const std::optional<bool> value = text.empty() ? true : cli::parse_switch(text);
    line.run.wasi = value.value_or(false) ? cli::wasi_choice::full : cli::wasi_choice::none;
    return value ? std::nullopt : complaint("y or n");
}

constexpr cli::key wasi_keys[] = {
    {"full", "", "arguments, standard streams, clocks, random numbers, and what --dir and --env give (the default)",
     set_wasi<cli::wasi_choice::full>},
    {"stdio-only", "", "the same without directories and environment: --dir and --env are refused",
     set_wasi<cli::wasi_choice::stdio_only>},
    {"none", "", "no WASI: modules that import it are refused", set_wasi<cli::wasi_choice::none>},
    {"cli", "[=y|n]", "full, or none", set_cli},
    {"inherit-env", "[=y|n]", "all environment variables", set_switch<&cli::run_options::inherits_environment>},
    {"inherit-stdin", "[=y|n]", "standard input; else it is empty (default: y)",
     set_switch<&cli::run_options::inherits_stdin>},
    {"inherit-stdout", "[=y|n]", "standard output; else it is discarded (default: y)",
     set_switch<&cli::run_options::inherits_stdout>},
    {"inherit-stderr", "[=y|n]", "standard error; else it is discarded (default: y)",
     set_switch<&cli::run_options::inherits_stderr>},
};

constexpr cli::key wasm_keys[] = {
    {"timeout", "=N[s|ms|us|ns]", "as --timeout", set_timeout},
    {"fuel", "=N", "as --fuel", set_fuel},
    {"max-wasm-stack", "=SIZE", "as --stack-size", set_stack_size},
    {"max-memory-size", "=SIZE", "most bytes of each memory; --max-memory is for all together", set_max_memory_size},
    {"max-table-elements", "=N",
     "most elements of each table; --max-elements is for all together, and is raised to N where it is not given",
     set_max_table_elements},
};

constexpr std::string_view what = "What runs";
constexpr std::string_view world = "What it sees of the world";
constexpr std::string_view bounds = "What it may take";
constexpr std::string_view manner = "How it runs";

constexpr cli::option run_table[] = {
    {.group = what,
     .name = "invoke",
     .kind = value_kind::text,
     .value = "NAME",
     .summary = "Call this export, and print its results one a line",
     .details =
         "ARGS are its arguments: integers in decimal, signed or not, or hexadecimal after 0x; floats in "
         "decimal or hexadecimal (0x1.8p-3), inf, nan or nan:0x400001, signed or not; null where a reference may be "
         "that. Where the module exports _initialize, that is called before.",
     .set = [](command_line& line, const std::string& text) -> complaint {
         line.run.invoke = text;
         return std::nullopt;
     }},
    {.group = what,
     .name = "argv0",
     .kind = value_kind::text,
     .value = "NAME",
     .summary = "What the program is told that its name is (default: FILE's name)",
     .set = [](command_line& line, const std::string& text) -> complaint {
         line.run.argv0 = text;
         return std::nullopt;
     }},

    {.group = world,
     .name = "dir",
     .kind = value_kind::directory,
     .repeats = true,
     .value = "HOST[::GUEST]",
     .summary = "Let the program use a directory, under the same or another name",
     .details = "It sees everything below the directory and nothing else: no path and no link leads out of it.",
     .set = [](command_line& line, const std::string& text) { return add_directory(line, text, false); }},
    {.group = world,
     .name = "dir-ro",
     .kind = value_kind::directory,
     .repeats = true,
     .value = "HOST[::GUEST]",
     .summary = "Let the program read a directory, but change nothing in it",
     .set = [](command_line& line, const std::string& text) { return add_directory(line, text, true); }},
    {.group = world,
     .name = "env",
     .kind = value_kind::text,
     .repeats = true,
     .value = "NAME[=VALUE]",
     .summary = "Set an environment variable; without a value, as it is here",
     .set = add_variable},
    {.group = world,
     .name = "wasi",
     .letter = 'S',
     .kind = value_kind::keys,
     .repeats = true,
     .value = "KEY[=y|n][,...]",
     .summary = "How much of WASI there is",
     .keys = wasi_keys},

    {.group = bounds,
     .name = "timeout",
     .kind = value_kind::text,
     .value = "N[s|ms|us|ns]",
     .summary = "Stop it after this time, counted from when the compiled module is started",
     .details = "A program that computes ends as by a trap, with a backtrace. One that waits in a system call is "
                "ended with the process, a moment later.",
     .set = set_timeout},
    {.group = bounds,
     .name = "fuel",
     .kind = value_kind::text,
     .value = "N",
     .summary = "Stop it after so many wasm operators: the same on every run and machine",
     .set = set_fuel},
    {.group = bounds,
     .name = "max-memory",
     .kind = value_kind::text,
     .value = "SIZE",
     .summary = "Most bytes of all its memories together; growing beyond fails (256M, 1G)",
     .set = set_max_memory},
    {.group = bounds,
     .name = "max-elements",
     .kind = value_kind::text,
     .value = "N",
     .summary = "Most elements of all its tables together; growing beyond fails (default: 16777216)",
     .set = set_max_elements},
    {.group = bounds,
     .name = "stack-size",
     .kind = value_kind::text,
     .value = "SIZE",
     .summary = "Bytes of the stack of wasm code (default: 1M)",
     .set = set_stack_size},
    {.group = bounds,
     .name = "wasm",
     .letter = 'W',
     .kind = value_kind::keys,
     .repeats = true,
     .value = "KEY=VALUE[,...]",
     .summary = "Limits, as the wasmtime command spells them",
     .keys = wasm_keys},

    cli::tier_option(manner, cli::set_tier<&command_line::run>),
    {.group = manner,
     .name = "tier-up",
     .kind = value_kind::text,
     .value = "N",
     .summary =
         "With --tier auto: compile a function after so many wasm operators were interpreted in it (default: 16384)",
     .details = "They are counted by samples, no longer than this: below some hundred, sampling slows everything down. "
                "0 compiles each "
                "function at its first call.",
     .set = set_tier_up},
    {.group = manner,
     .name = "jit-threads",
     .kind = value_kind::text,
     .value = "N",
     .summary =
         "Compile native code on so many threads beside the program's, at most 1024 (default: 0, on the program's)",
     .set = set_jit_threads},

    {.group = manner,
     .name = "profile",
     .kind = value_kind::words,
     .value = "perf|perfmap|jitdump",
     .summary =
         "Write the names of native functions for perf: a map (/tmp/perf-PID.map), a dump (./jit-PID.dump), or both",
     .details =
         "perf report shows the map's names; after perf record -k mono and perf inject --jit it shows the dump's, also "
         "with the machine code (perf annotate). What cannot be written is a warning.",
     .set = set_profile},
    {.group = manner,
     .name = "gdb",
     .summary = "Tell gdb, which runs this, the names of native functions",
     .set = [](command_line& line, const std::string&) -> complaint {
         line.run.tells_gdb = true;
         return std::nullopt;
     }},

    cli::memory_option(manner, cli::set_memory<&command_line::run>),
    {.group = manner,
     .name = "compile-mode",
     .kind = value_kind::words,
     .value = "eager|lazy-translation|lazy-validation",
     .summary = "What is done before the program starts (default: lazy-translation)",
     .details = "eager translates all functions, or compiles them with --tier baseline; lazy-translation validates "
                "all, and translates each when it is first "
                "called; lazy-validation leaves both to the first call.",
     .set = set_compile_mode},
    {.group = manner,
     .name = "stats",
     .summary = "Print what each tier compiled, how memories were made, and fuel, to stderr",
     .set = [](command_line& line, const std::string&) -> complaint {
         line.run.has_statistics = true;
         return std::nullopt;
     }},
};

constexpr cli::example run_examples[] = {
    {"riser run hello.wasm you", "Run a program with one argument."},
    {"riser run --dir . --dir-ro /usr/share/dict::/dict app.wasm", "Let it use this directory, and read another."},
    {"riser run --invoke fib fib.wasm 30", "Call one function of a module and print its result."},
    {"riser run --timeout 2s --max-memory 64M --wasi stdio-only app.wasm < input",
     "Run what you do not trust: it reads its input, writes its output, and ends."},
};

complaint take_arguments(command_line& line, const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        return "FILE is missing: the module to run";
    }
    line.run.file = arguments.front();
    line.run.arguments.assign(arguments.begin() + 1, arguments.end());
    line.run.limits.table_elements = line.run.most_elements.value_or(line.run.limits.table_elements);
    const cli::run_options& run = line.run;
    for (const auto& [is_given, name] :
         {std::pair(run.tier == cli::tier_choice::baseline, "--tier baseline"),
          std::pair(run.tier_up.has_value(), "--tier-up"), std::pair(run.jit_threads.has_value(), "--jit-threads"),
          std::pair(run.profile != cli::profile_choice::none, "--profile"), std::pair(run.tells_gdb, "--gdb")}) {
        if (is_given && !cli::has_baseline) {
            return cli::refuse_native(name);
        }
    }
    if (run.tier_up && run.tier != cli::tier_choice::automatic) {
        return "--tier-up is of --tier auto: the others compile all functions, or none";
    }
    if (run.jit_threads && run.tier == cli::tier_choice::interpreter) {
        return "--jit-threads have nothing to do with --tier interpreter";
    }
    if ((run.profile != cli::profile_choice::none || run.tells_gdb) && run.tier == cli::tier_choice::interpreter) {
        return "--profile and --gdb are about native code, which --tier interpreter does not make";
    }
    const bool has_more =
        !line.run.directories.empty() || !line.run.environment.empty() || line.run.inherits_environment;
    if (line.run.wasi != cli::wasi_choice::full && has_more) {
        return "--dir, --dir-ro, --env and inherit-env need --wasi full";
    }
    return std::nullopt;
}

constexpr cli::command described = {
    .name = "run",
    .arguments = "FILE [ARGS...]",
    .summary = "Run a program (WASI preview 1), or one function of a module",
    .description =
        "FILE is a module, in the binary or the text format, or - for standard input. What comes after it goes to the "
        "program, or to the function named by --invoke.",
    .options = run_table,
    .examples = run_examples,
    .words = "",
    .ends_at_file = true,
    .take = take_arguments,
    .execute = [](const command_line& line) { return cli::run(line.run); },
};

} // namespace

const cli::command& cli::describe_run() { return described; }
