// The command line tool `riser`.
#include "commands.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

/// Adds FILE and its arguments, which CLI11 does not know of, to the first line of a subcommand's help.
class usage_formatter : public CLI::Formatter {
public:
    explicit usage_formatter(std::string usage) : usage_(std::move(usage)) {}
    std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
        return "Usage: " + usage_ + "\n";
    }

private:
    std::string usage_;
};

/// An option whose value is one of these words.
template <class T>
void add_choice(CLI::App& app, const std::string& name, const std::string& description, T& chosen,
                const std::vector<std::pair<std::string, T>>& choices) {
    std::vector<std::string> words;
    std::string text;
    for (const auto& [word, value] : choices) {
        words.push_back(word);
        text += (text.empty() ? "" : "|") + word;
    }
    const auto choose = [&chosen, choices](const std::string& stated) {
        for (const auto& [word, value] : choices) {
            chosen = word == stated ? value : chosen;
        }
    };
    app.add_option_function<std::string>(name, choose, description)->check(CLI::IsMember(words))->option_text(text);
}

CLI::App* add_run(CLI::App& app, cli::run_options& options) {
    CLI::App* const run = app.add_subcommand("run", "Run a program (WASI preview 1), or one function of a module");
    run->formatter(std::make_shared<usage_formatter>("riser run [OPTIONS] FILE [ARGS...]"));
    run->footer("What comes after FILE goes to the program, or to the function named by --invoke.\n"
                "Exits with the program's exit code; with 134 after a trap, 1 where FILE cannot be run.");
    // Everything from FILE on is left as it is, also what looks like an option.
    run->prefix_command();

    run->add_option("--tier", options.tier, "How code is run")
        ->check(CLI::IsMember(std::vector<std::string>{"interpreter"}))
        ->option_text("interpreter");
    add_choice<cli::memory_choice>(*run, "--memory", "How accesses are kept inside linear memory", options.memory,
                                   {{"adaptive", cli::memory_choice::adaptive},
                                    {"signaling", cli::memory_choice::signaling},
                                    {"bounds-checking", cli::memory_choice::bounds_checking}});
    add_choice<riser::compile_mode>(*run, "--compile-mode", "What is done before the program starts",
                                    options.compile_mode,
                                    {{"eager", riser::compile_mode::eager},
                                     {"lazy-translation", riser::compile_mode::lazy_translation},
                                     {"lazy-validation", riser::compile_mode::lazy_validation}});
    run->add_option("--invoke", options.invoke, "Call this export, and print its results one a line")
        ->option_text("NAME");
    run->add_option("--dir", options.directories, "Let the program use a directory, under the same or another name")
        ->option_text("HOST[::GUEST]")
        ->allow_extra_args(false);
    run->add_option("--env", options.environment, "Set an environment variable; without a value, as it is here")
        ->option_text("NAME[=VALUE]")
        ->allow_extra_args(false);
    run->add_option("--argv0", options.argv0, "What the program is told that its name is (default: FILE's name)")
        ->option_text("NAME");
    run->add_flag("--stats", options.has_statistics, "Print what was compiled, and how memories were made, to stderr");
    return run;
}

CLI::App* add_inspect(CLI::App& app, cli::inspect_options& options) {
    CLI::App* const inspect = app.add_subcommand("inspect", "Validate a module and say what is in it");
    inspect->add_flag("--bytecode", options.has_bytecode, "Print wasm and the interpreter's bytecode side by side");
    inspect->add_option("FILE", options.file, "A module in the binary format")->required();
    inspect->add_option("FUNCTION", options.function, "With --bytecode: this one only, by index or name")
        ->needs("--bytecode");
    return inspect;
}

/// Splits what follows the options of `run`.
void take_file(const std::vector<std::string>& rest, cli::run_options& options) {
    if (rest.empty()) {
        throw CLI::RequiredError("FILE");
    }
    if (rest.front().size() > 1 && rest.front().front() == '-') {
        throw CLI::ExtrasError({rest.front()});
    }
    options.file = rest.front();
    options.arguments.assign(rest.begin() + 1, rest.end());
}

int parse_and_do(int count, char** arguments) {
    CLI::App app("riser runs WebAssembly.", "riser");
    cli::run_options run_options;
    cli::inspect_options inspect_options;
    CLI::App* const run = add_run(app, run_options);
    add_inspect(app, inspect_options);
    app.require_subcommand(1);
    try {
        app.parse(count, arguments);
        if (run->parsed()) {
            take_file(run->remaining(), run_options);
        }
    } catch (const CLI::ParseError& failure) {
        return app.exit(failure) == 0 ? cli::exit_code::success : cli::exit_code::usage;
    }
    return run->parsed() ? cli::run(run_options) : cli::inspect(inspect_options);
}

} // namespace

int main(int count, char** arguments) {
    try {
        return parse_and_do(count, arguments);
    } catch (const std::exception& failure) { // no memory, most likely
        std::fprintf(stderr, "riser: %s\n", failure.what());
        return cli::exit_code::failure;
    }
}
