#include "script.hpp"

#include "engines/engines.hpp"
#include "messages.hpp"
#include "spectest.hpp"
#include "values.hpp"

#include "riser/core/wasm/module_decoder.hpp"
#include "riser/error.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "riser/value.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace spec {
namespace {

using nlohmann::json;
using riser::compile_error;
using riser::value;

/// The command at hand did not do what the script says.
struct failure : std::runtime_error {
    using runtime_error::runtime_error;
};

/// The command at hand needs what this build does not have.
struct skip : std::runtime_error {
    using runtime_error::runtime_error;
};

std::vector<std::byte> read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw failure("cannot read " + path.string());
    }
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    const auto* const begin = reinterpret_cast<const std::byte*>(content.data());
    return {begin, begin + content.size()};
}

/// An instance, or why there is none.
struct subject {
    std::optional<riser::instance> instance;
    std::string skipped; ///< the reason for skipping what needs it; else empty
};

class runner {
public:
    runner(std::filesystem::path folder, const options& how)
        : folder_(std::move(folder)),
          mode_(how.mode == "eager" ? riser::compile_mode::eager : riser::compile_mode::lazy_translation),
          is_single_memory_(folder_.parent_path().filename() == "threads"), engine_(test::make_engine(how.memory)),
          store_(*engine_), linker_(*engine_) {
        define_spectest_functions(linker_);
        define_spectest_objects(imports_, store_);
    }

    /// Throws failure or skip.
    void run(const json& command);

private:
    using handler = void (runner::*)(const json&);

    // A command each.
    void module(const json& command);
    void module_definition(const json& command);
    void module_instance(const json& command);
    void register_instance(const json& command);
    void action(const json& command);
    void assert_return(const json& command);
    void assert_trap(const json& command);
    void assert_exception(const json& command);
    void assert_invalid(const json& command);
    void assert_malformed(const json& command);
    void assert_unlinkable(const json& command);
    void assert_uninstantiable(const json& command);

    [[nodiscard]] riser::result<riser::module> compile(const json& command) const;
    [[nodiscard]] riser::module compile_or_skip(const json& command) const;
    [[nodiscard]] riser::result<riser::instance> instantiate(const riser::module& module);
    template <class Compiled>
    void make_current(const std::string& name, Compiled compiled);
    [[nodiscard]] subject& named(const json& command, const char* key);
    [[nodiscard]] riser::result<std::vector<value>> perform(const json& action);
    [[nodiscard]] riser::result<std::vector<value>> invoke(const json& action, subject& target);
    void expect_refusal(const json& command, compile_error::reason why) const;
    void expect_trap(const json& command, const riser::error& error) const;

    std::filesystem::path folder_;
    riser::compile_mode mode_;
    bool is_single_memory_; ///< the threads proposal's scripts are older than multiple tables and memories
    test::engine_pointer engine_;
    riser::store store_;
    riser::linker linker_;
    riser::imports imports_;
    std::map<std::string, std::string> skipped_imports_; ///< registered names of instances that were skipped -> why
    std::map<std::string, riser::module> definitions_;   ///< by name, the latest also as ""
    std::map<std::string, std::shared_ptr<subject>> instances_; ///< by name, the latest also as ""
};

/// Why a module is refused where there are no multiple tables and memories; empty where it is not.
std::optional<riser::error> refuse_multiple(std::span<const std::byte> bytes) {
    namespace wasm = riser::core::wasm;
    wasm::module_info module;
    wasm::diagnostics diagnostics;
    wasm::decode_options options;
    options.multiple_tables = options.multiple_memories = false;
    if (wasm::decode_module(bytes, module, diagnostics, options)) {
        return std::nullopt;
    }
    const wasm::diagnostic& found = diagnostics.first();
    return compile_error(static_cast<compile_error::reason>(found.kind), found.message, found.offset, found.function);
}

/// Why a command was skipped, for errors that say that this build cannot run a module; else empty.
std::string unsupported(const riser::error& error) {
    const auto refused = error.as<compile_error>();
    const auto trapped = error.as<riser::trap>();
    const bool matches = (refused && refused->why() == compile_error::reason::unsupported) ||
                         (trapped && trapped->kind() == riser::trap_kind::unsupported);
    if (!matches) {
        return {};
    }
    const std::string message(error.message());
    return message.substr(0, message.find(" (")); // without the place
}

/// Passes `outcome` on unless it failed because this build lacks something, which also spoils `target` for later commands:
/// what they expect may depend on what was not done.
template <class T>
riser::result<T> skip_unsupported(riser::result<T> outcome, subject& target) {
    if (!outcome) {
        target.skipped = unsupported(outcome.error());
        if (!target.skipped.empty()) {
            throw skip(target.skipped);
        }
    }
    return outcome;
}

void runner::run(const json& command) {
    static const std::map<std::string, handler> handlers{
        {"module", &runner::module},
        {"module_definition", &runner::module_definition},
        {"module_instance", &runner::module_instance},
        {"register", &runner::register_instance},
        {"action", &runner::action},
        {"assert_return", &runner::assert_return},
        {"assert_trap", &runner::assert_trap},
        {"assert_exhaustion", &runner::assert_trap},
        {"assert_exception", &runner::assert_exception},
        {"assert_invalid", &runner::assert_invalid},
        {"assert_malformed", &runner::assert_malformed},
        {"assert_unlinkable", &runner::assert_unlinkable},
        {"assert_uninstantiable", &runner::assert_uninstantiable},
    };
    const std::string type = command.at("type");
    const auto found = handlers.find(type);
    if (found == handlers.end()) {
        throw failure("no such command: " + type);
    }
    (this->*found->second)(command);
}

// Modules and instances.

riser::result<riser::module> runner::compile(const json& command) const {
    std::string file = command.at("filename");
    if (command.value("module_type", "binary") == "text") {
        if (!command.contains("binary_filename")) {
            throw skip("text format");
        }
        file = command.at("binary_filename");
    }
    std::vector<std::byte> bytes = read_file(folder_ / file);
    if (is_single_memory_) {
        if (const auto refused = refuse_multiple(bytes)) {
            return *refused;
        }
    }
    return riser::module::try_compile(*engine_, std::move(bytes), mode_);
}

riser::module runner::compile_or_skip(const json& command) const {
    const riser::result<riser::module> compiled = compile(command);
    if (!compiled) {
        const std::string reason = unsupported(compiled.error());
        if (!reason.empty()) {
            throw skip(reason);
        }
        throw failure("module refused: " + std::string(compiled.error().message()));
    }
    return *compiled;
}

riser::result<riser::instance> runner::instantiate(const riser::module& module) {
    for (const riser::import_type& import : module.imports()) {
        const auto found = skipped_imports_.find(std::string(import.module));
        if (found != skipped_imports_.end()) {
            throw skip(found->second);
        }
    }
    return linker_.try_instantiate(store_, module, imports_);
}

/// Instantiates what `compiled` gives; the result, or why there is none, is what later commands speak of.
template <class Compiled>
void runner::make_current(const std::string& name, Compiled compiled) {
    const auto made = std::make_shared<subject>();
    instances_[name] = instances_[""] = made;
    try {
        const riser::result<riser::instance> instance = skip_unsupported(instantiate(compiled()), *made);
        if (!instance) {
            throw failure("instantiation failed: " + std::string(instance.error().message()));
        }
        made->instance = *instance;
    } catch (const skip& reason) {
        made->skipped = reason.what();
        throw;
    }
}

void runner::module(const json& command) {
    make_current(command.value("name", ""), [&] { return compile_or_skip(command); });
}

void runner::module_definition(const json& command) {
    const riser::module compiled = compile_or_skip(command);
    definitions_.insert_or_assign(command.value("name", ""), compiled);
    definitions_.insert_or_assign("", compiled);
}

void runner::module_instance(const json& command) {
    const auto found = definitions_.find(command.value("module", ""));
    if (found == definitions_.end()) {
        throw failure("no such definition");
    }
    make_current(command.value("instance", ""), [&] { return found->second; });
}

subject& runner::named(const json& command, const char* key) {
    const auto found = instances_.find(command.value(key, ""));
    if (found == instances_.end()) {
        throw failure("no such instance");
    }
    subject& target = *found->second;
    if (!target.skipped.empty()) {
        throw skip(target.skipped);
    }
    if (!target.instance) {
        throw failure("its module was not instantiated");
    }
    return target;
}

void runner::register_instance(const json& command) {
    const std::string as = command.at("as");
    try {
        imports_.define(as, *named(command, "name").instance);
        skipped_imports_.erase(as);
    } catch (const skip& reason) {
        skipped_imports_[as] = reason.what();
        throw;
    }
}

// Actions.

riser::result<std::vector<value>> runner::invoke(const json& action, subject& target) {
    const riser::function callee = target.instance->function(action.at("field").get<std::string>());
    const riser::function_type& type = callee.type();
    std::vector<value> arguments;
    for (const json& written : action.at("args")) {
        if (arguments.size() == type.params.size()) {
            throw failure("too many arguments");
        }
        arguments.push_back(argument(written, type.params[arguments.size()], store_));
    }
    std::vector<value> results(type.results.size());
    for (std::size_t i = 0; i < results.size(); i++) {
        results[i] = value::zero(type.results[i]);
    }
    const riser::result<void> outcome = skip_unsupported(callee.try_call(arguments, results), target);
    return outcome ? riser::result<std::vector<value>>(results) : outcome.error();
}

riser::result<std::vector<value>> runner::perform(const json& action) {
    subject& target = named(action, "module");
    if (action.at("type") == "get") {
        return std::vector<value>{target.instance->global(action.at("field").get<std::string>()).get()};
    }
    return invoke(action, target);
}

void runner::action(const json& command) {
    const auto outcome = perform(command.at("action"));
    if (!outcome) {
        throw failure("failed: " + std::string(outcome.error().message()));
    }
}

void runner::assert_return(const json& command) {
    const auto outcome = perform(command.at("action"));
    if (!outcome) {
        throw failure("should return, but: " + std::string(outcome.error().message()));
    }
    const json& expected = command.at("expected");
    bool right = expected.size() == outcome->size();
    std::string actual;
    for (std::size_t i = 0; i < outcome->size(); i++) {
        right = right && matches(expected[i], (*outcome)[i]);
        actual += " " + describe((*outcome)[i]);
    }
    if (!right) {
        throw failure("should return " + expected.dump() + ", but returned" + actual);
    }
}

void runner::expect_trap(const json& command, const riser::error& error) const {
    const std::string text = command.at("text");
    if (!error.is<riser::trap>() || !message_matches(text, error.message())) {
        throw failure("should trap with \"" + text + "\", but: " + std::string(error.message()));
    }
}

void runner::assert_trap(const json& command) {
    const auto outcome = perform(command.at("action"));
    if (outcome) {
        throw failure("should trap with " + command.at("text").dump() + ", but returned");
    }
    expect_trap(command, outcome.error());
}

void runner::assert_exception(const json& command) {
    const auto outcome = perform(command.at("action"));
    if (outcome) {
        throw failure("should throw, but returned");
    }
    const auto trapped = outcome.error().as<riser::trap>();
    if (!trapped || trapped->kind() != riser::trap_kind::uncaught_exception) {
        throw failure("should throw, but: " + std::string(outcome.error().message()));
    }
}

// Modules that must be refused.

void runner::expect_refusal(const json& command, compile_error::reason why) const {
    const std::string text = command.at("text");
    const riser::result<riser::module> compiled = compile(command);
    if (compiled) {
        throw failure("should be refused with \"" + text + "\", but was accepted");
    }
    const auto refused = compiled.error().as<compile_error>();
    if (!refused || refused->why() != why || !message_matches(text, refused->message())) {
        throw failure("should be refused with \"" + text + "\", but: " + std::string(compiled.error().message()));
    }
}

void runner::assert_invalid(const json& command) { expect_refusal(command, compile_error::reason::invalid); }

void runner::assert_malformed(const json& command) { expect_refusal(command, compile_error::reason::malformed); }

void runner::assert_unlinkable(const json& command) {
    const std::string text = command.at("text");
    const riser::result<riser::instance> outcome = instantiate(compile_or_skip(command));
    if (outcome) {
        throw failure("should not link with \"" + text + "\", but did");
    }
    if (!outcome.error().is<riser::link_error>() || !message_matches(text, outcome.error().message())) {
        throw failure("should not link with \"" + text + "\", but: " + std::string(outcome.error().message()));
    }
}

void runner::assert_uninstantiable(const json& command) {
    subject made;
    const auto outcome = skip_unsupported(instantiate(compile_or_skip(command)), made);
    if (outcome) {
        throw failure("should trap with " + command.at("text").dump() + ", but was instantiated");
    }
    expect_trap(command, outcome.error());
}

} // namespace

tally run_script(const std::filesystem::path& script, const options& how, progress& where) {
    tally result;
    const auto report = [&](const std::string& what) {
        result.text += script.stem().string() + ".wast:" + std::to_string(where.line) + ": " + what + "\n";
    };
    try {
        std::ifstream file(script);
        const json commands = json::parse(file).at("commands");
        runner runner(script.parent_path(), how);
        for (const json& command : commands) {
            where.line = command.at("line");
            try {
                runner.run(command);
                result.passed++;
            } catch (const skip& reason) {
                result.skipped[reason.what()]++;
                if (how.list_skips) {
                    report("skipped: " + std::string(reason.what()));
                }
            } catch (const std::exception& problem) {
                result.failed++;
                report(command.at("type").get<std::string>() + ": " + problem.what());
            }
        }
    } catch (const std::exception& problem) {
        result.failed++;
        report(problem.what());
    }
    return result;
}

} // namespace spec
