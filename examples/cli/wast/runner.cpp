#include "runner.hpp"

#include "messages.hpp"
#include "outcome.hpp"
#include "spectest.hpp"
#include "values.hpp"

#include "cli/printable.hpp"
#include "cli/reason.hpp"

#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/error.hpp"
#include "riser/instance.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "riser/value.hpp"
#include "riser/wat/parse.hpp"
#include "riser/wat/parse_error.hpp"
#include "riser/wat/position.hpp"
#include "riser/wat/script.hpp"

#include <cstddef>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace wast {
namespace {

namespace script = riser::wat::script;
using riser::compile_error;
using riser::value;

/// A module or an instance, or why there is none.
template <class T>
struct subject {
    std::optional<T> made;
    std::string skipped; ///< the reason for skipping what needs it; else empty
};

template <class T>
using subjects = std::map<std::string, std::shared_ptr<subject<T>>>; ///< by name, the latest also as ""

/// A subject of its own for the name, and as the latest.
template <class T>
subject<T>& make_current(subjects<T>& all, const std::string& name) {
    return *(all[name] = all[""] = std::make_shared<subject<T>>());
}

/// `made` gets what `make` returns; what was skipped is remembered for what needs it.
template <class T, class Make>
const T& fill(subject<T>& made, const Make& make) {
    try {
        made.made = make();
    } catch (const skip& reason) {
        made.skipped = reason.what();
        throw;
    }
    return *made.made;
}

template <class T>
subject<T>& find(const subjects<T>& all, const std::string& name, const std::string& kind) {
    const auto found = all.find(name);
    if (found == all.end()) {
        throw failure(name.empty() ? "there is no " + kind + " yet" : "there is no " + kind + " $" + name);
    }
    subject<T>& target = *found->second;
    if (!target.skipped.empty()) {
        throw skip(target.skipped);
    }
    if (!target.made) {
        throw failure((name.empty() ? "the latest " + kind : kind + " $" + name) + " could not be made");
    }
    return target;
}

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
    const std::string message = std::string(refused ? refused->description() : error.message());
    return message.substr(0, message.find(" (")); // without the place
}

/// Before there were memories with 64-bit addresses, texts with larger sizes were malformed.
bool is_now_invalid(std::string_view expected, const compile_error& actual) {
    return expected == "i32 constant out of range" && actual.why() == compile_error::reason::invalid &&
           actual.description().starts_with("memory size must be at most 65536 pages");
}

/// Why a module was refused; where that is in its text, with the place in the script, or in what the script quotes.
std::string describe(const script::module_source& written, const riser::error& error) {
    const auto malformed = error.as<riser::wat::parse_error>();
    if (!malformed) {
        return std::string(error.message());
    }
    riser::wat::position where = malformed->where();
    const bool is_quoted = written.written == script::module_source::form::quote;
    if (!is_quoted) {
        where.column += where.line == 1 ? written.begin.column - 1 : 0;
        where.line += written.begin.line - 1;
    }
    return std::to_string(where.line) + ":" + std::to_string(where.column) +
           (is_quoted ? " of what is quoted: " : ": ") + std::string(malformed->description());
}

/// Passes `outcome` on unless it failed because this build lacks something.
template <class T>
riser::result<T> skip_unsupported(riser::result<T> outcome) {
    if (!outcome) {
        const std::string reason = unsupported(outcome.error());
        if (!reason.empty()) {
            throw skip(reason);
        }
    }
    return outcome;
}

/// What it should be, and what it was instead.
std::string instead(const std::string& expected, const std::string& message, const riser::error& actual) {
    return "should " + expected + " with \"" + message + "\", but: " + std::string(actual.message());
}

void expect_trap(const std::string& message, const riser::error& error) {
    const std::string_view actual = error.message();
    const std::string_view cause = actual.substr(0, actual.find(" (in function "));
    if (!error.is<riser::trap>() || !message_matches(message, cause)) {
        throw failure(instead("trap", message, error));
    }
}

} // namespace

/// Performs each kind of command. What does not go as the script says is thrown: failure, or skip.
class runner::commands {
public:
    explicit commands(const settings& how) : how_(how), store_(*how.engine), linker_(*how.engine) {
        define_spectest_functions(linker_);
        define_spectest_objects(imports_, store_);
    }

    void operator()(const script::module_source& command);
    void operator()(const script::definition& command);
    void operator()(const script::instantiation& command);
    void operator()(const script::registration& command);
    void operator()(const script::action& command);
    void operator()(const script::assert_return& command);
    void operator()(const script::assert_trap& command) { expect_trap_of(command.action, command.message); }
    void operator()(const script::assert_exhaustion& command);
    void operator()(const script::assert_exception& command);
    void operator()(const script::assert_malformed& command);
    void operator()(const script::assert_invalid& command);
    void operator()(const script::assert_unlinkable& command);
    void operator()(const script::assert_uninstantiable& command);
    void operator()(const script::unknown_command& command) { throw failure("unknown command: " + command.word); }

    /// What could not be understood may have been a module, which later commands are about.
    void forget_latest() {
        make_current(definitions_, "");
        make_current(instances_, "");
    }

private:
    using outcome = riser::result<std::vector<value>>;

    [[nodiscard]] riser::result<riser::module> compile(const script::module_source& written) const;
    [[nodiscard]] riser::result<riser::module> compile(const std::vector<std::byte>& bytes) const;
    [[nodiscard]] riser::module compile_or_skip(const script::module_source& written) const;
    [[nodiscard]] riser::result<riser::instance> instantiate(const riser::module& module);
    [[nodiscard]] riser::instance instantiate_or_skip(const riser::module& module);
    [[nodiscard]] outcome perform(const script::action& action);
    [[nodiscard]] outcome invoke(const script::action& action, subject<riser::instance>& target);
    riser::trap_kind expect_trap_of(const script::action& action, const std::string& message);
    void expect_refusal(const script::module_source& written, const std::string& message,
                        compile_error::reason why) const;

    settings how_;
    riser::store store_;
    riser::linker linker_;
    riser::imports imports_;
    std::map<std::string, std::string> skipped_imports_; ///< registered names of instances that were skipped -> why
    subjects<riser::module> definitions_;
    subjects<riser::instance> instances_;
};

// Modules and instances.

riser::result<riser::module> runner::commands::compile(const script::module_source& written) const {
    if (written.written == script::module_source::form::binary) {
        return compile(written.bytes);
    }
    const auto bytes = riser::wat::try_to_binary(written.text);
    if (!bytes) {
        return bytes.error();
    }
    riser::result<riser::module> compiled = compile(*bytes);
    const auto refused = compiled ? std::nullopt : compiled.error().as<compile_error>();
    if (refused && refused->why() == compile_error::reason::malformed) {
        throw failure("what the text was translated to is malformed: " + std::string(refused->message()));
    }
    return compiled;
}

riser::result<riser::module> runner::commands::compile(const std::vector<std::byte>& bytes) const {
    if (how_.is_single_memory) {
        if (const auto refused = refuse_multiple(bytes)) {
            return *refused;
        }
    }
    return riser::module::try_compile(*how_.engine, bytes, how_.mode);
}

riser::module runner::commands::compile_or_skip(const script::module_source& written) const {
    const riser::result<riser::module> compiled = skip_unsupported(compile(written));
    if (!compiled) {
        throw failure("module refused: " + describe(written, compiled.error()));
    }
    return *compiled;
}

riser::result<riser::instance> runner::commands::instantiate(const riser::module& module) {
    for (const riser::import_type& import : module.imports()) {
        const auto found = skipped_imports_.find(std::string(import.module));
        if (found != skipped_imports_.end()) {
            throw skip(found->second);
        }
    }
    return linker_.try_instantiate(store_, module, imports_);
}

riser::instance runner::commands::instantiate_or_skip(const riser::module& module) {
    const riser::result<riser::instance> instance = skip_unsupported(instantiate(module));
    if (!instance) {
        throw failure("instantiation failed: " + std::string(instance.error().message()));
    }
    return *instance;
}

void runner::commands::operator()(const script::module_source& command) {
    subject<riser::module>& definition = make_current(definitions_, command.name);
    subject<riser::instance>& instance = make_current(instances_, command.name);
    fill(instance, [&] { return instantiate_or_skip(fill(definition, [&] { return compile_or_skip(command); })); });
}

void runner::commands::operator()(const script::definition& command) {
    fill(make_current(definitions_, command.module.name), [&] { return compile_or_skip(command.module); });
}

void runner::commands::operator()(const script::instantiation& command) {
    fill(make_current(instances_, command.name),
         [&] { return instantiate_or_skip(*find(definitions_, command.definition, "module").made); });
}

void runner::commands::operator()(const script::registration& command) {
    try {
        imports_.redefine(command.as, *find(instances_, command.instance, "instance").made);
        skipped_imports_.erase(command.as);
    } catch (const skip& reason) {
        skipped_imports_[command.as] = reason.what();
        throw;
    }
}

// Actions.

runner::commands::outcome runner::commands::invoke(const script::action& action, subject<riser::instance>& target) {
    const riser::function callee = target.made->function(action.field);
    const riser::function_type& type = callee.type();
    std::vector<value> arguments;
    for (const script::constant& written : action.arguments) {
        if (arguments.size() == type.params.size()) {
            throw failure("too many arguments");
        }
        arguments.push_back(argument(written, type.params[arguments.size()], store_));
    }
    std::vector<value> results(type.results.size());
    for (std::size_t i = 0; i < results.size(); i++) {
        results[i] = value::zero(type.results[i]);
    }
    const riser::result<void> ended = how_.make_call
                                          ? how_.make_call({store_, *target.made, callee, arguments, results})
                                          : callee.try_call(arguments, results);
    if (!ended) {
        // What later commands expect may depend on what was not done.
        target.skipped = unsupported(ended.error());
        return skip_unsupported(ended).error();
    }
    return results;
}

runner::commands::outcome runner::commands::perform(const script::action& action) {
    subject<riser::instance>& target = find(instances_, action.instance, "instance");
    if (action.what == script::action::kind::get) {
        return std::vector<value>{target.made->global(action.field).get()};
    }
    return invoke(action, target);
}

void runner::commands::operator()(const script::action& command) {
    const outcome ended = perform(command);
    if (!ended) {
        throw failure("failed: " + std::string(ended.error().message()));
    }
}

void runner::commands::operator()(const script::assert_return& command) {
    const outcome ended = perform(command.action);
    if (!ended) {
        throw failure("should return " + describe(command.expected) + ", but: " + std::string(ended.error().message()));
    }
    bool is_right = command.expected.size() == ended->size();
    for (std::size_t i = 0; is_right && i < ended->size(); i++) {
        is_right = matches(command.expected[i], (*ended)[i]);
    }
    if (!is_right) {
        throw failure("should return " + describe(command.expected) + ", but returned " + describe(*ended));
    }
}

riser::trap_kind runner::commands::expect_trap_of(const script::action& action, const std::string& message) {
    const outcome ended = perform(action);
    if (ended) {
        throw failure("should trap with \"" + message + "\", but returned " + describe(*ended));
    }
    expect_trap(message, ended.error());
    return ended.error().as<riser::trap>()->kind();
}

void runner::commands::operator()(const script::assert_exhaustion& command) {
    if (expect_trap_of(command.action, command.message) != riser::trap_kind::stack_exhausted) {
        throw failure("should exhaust the stack, but trapped for another reason, as expected: " + command.message);
    }
}

void runner::commands::operator()(const script::assert_exception& command) {
    const outcome ended = perform(command.action);
    if (ended) {
        throw failure("should throw, but returned " + describe(*ended));
    }
    const auto trapped = ended.error().as<riser::trap>();
    if (!trapped || trapped->kind() != riser::trap_kind::uncaught_exception) {
        throw failure("should throw, but: " + std::string(ended.error().message()));
    }
}

// Modules that must be refused.

void runner::commands::expect_refusal(const script::module_source& written, const std::string& message,
                                      compile_error::reason why) const {
    const std::string should = "should be " + std::string(cli::to_string(why)) + " with \"" + message + "\", but ";
    const riser::result<riser::module> compiled = compile(written);
    if (compiled) {
        throw failure(should + "was accepted");
    }
    const auto malformed = compiled.error().as<riser::wat::parse_error>();
    const auto refused = compiled.error().as<compile_error>();
    if (!malformed && !refused) {
        throw failure(should + "was not compiled: " + std::string(compiled.error().message()));
    }
    const compile_error::reason found = malformed ? compile_error::reason::malformed : refused->why();
    const bool is_expected =
        found == why && message_matches(message, malformed ? malformed->description() : refused->description());
    if (!is_expected && !(how_.is_single_memory && refused && is_now_invalid(message, *refused))) {
        throw failure(should + "is " + std::string(cli::to_string(found)) + ": " + describe(written, compiled.error()));
    }
}

void runner::commands::operator()(const script::assert_malformed& command) {
    expect_refusal(command.module, command.message, compile_error::reason::malformed);
}

void runner::commands::operator()(const script::assert_invalid& command) {
    expect_refusal(command.module, command.message, compile_error::reason::invalid);
}

void runner::commands::operator()(const script::assert_unlinkable& command) {
    const riser::result<riser::instance> made = instantiate(compile_or_skip(command.module));
    if (made) {
        throw failure("should not link with \"" + command.message + "\", but did");
    }
    if (!made.error().is<riser::link_error>() || !message_matches(command.message, made.error().message())) {
        throw failure(instead("not link", command.message, made.error()));
    }
}

void runner::commands::operator()(const script::assert_uninstantiable& command) {
    const auto made = skip_unsupported(instantiate(compile_or_skip(command.module)));
    if (made) {
        throw failure("should trap with \"" + command.message + "\", but was instantiated");
    }
    expect_trap(command.message, made.error());
}

runner::runner(std::string name, const settings& how, progress& where)
    : name_(std::move(name)), lists_skips_(how.lists_skips), where_(&where),
      commands_(std::make_unique<commands>(how)) {}

runner::~runner() = default;

void runner::report(const std::string& what) {
    result_.text += name_ + ":" + std::to_string(where_->line) + ": " + cli::printable(what) + "\n";
}

void runner::fail(const std::string& why) {
    result_.failed++;
    report(why);
}

void runner::attempt(std::uint32_t line, std::string_view keyword, const std::function<void()>& perform) {
    where_->line = line;
    try {
        perform();
        result_.passed++;
    } catch (const skip& reason) {
        result_.skipped[reason.what()]++;
        if (lists_skips_) {
            report("skipped: " + std::string(reason.what()));
        }
    } catch (const std::exception& problem) {
        fail(std::string(keyword) + ": " + problem.what());
    }
}

void runner::run(const script::command& command) {
    const auto keyword = std::visit([](const auto& what) { return what.keyword; }, command.what);
    attempt(command.line, keyword, [&] { std::visit(*commands_, command.what); });
}

void runner::run(std::uint32_t line, std::string_view keyword, const std::function<script::command()>& make) {
    attempt(line, keyword, [&] {
        std::optional<script::command> command;
        try {
            command = make();
        } catch (const std::exception&) {
            commands_->forget_latest();
            throw;
        }
        std::visit(*commands_, command->what);
    });
}

} // namespace wast
