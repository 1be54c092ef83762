#pragma once

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/script_commands.hpp"
#include "riser/wat/detail/script_constants.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace riser::inline v0_1::wat::detail {

/// Reads scripts. Modules in them are not parsed but passed on as text, so that one that is malformed costs one command.
class script_parser {
public:
    script_parser(std::string_view text, core::wasm::diagnostics& diagnostics)
        : memory_(core::host_allocator, diagnostics), tokens_(text, memory_), lines_(text) {}

    /// \returns false where an error was found.
    [[nodiscard]] bool parse(std::vector<script::command>& commands) {
        tokens_.ignore_annotations();
        if (at_field()) {
            commands.push_back({line_of(tokens_.current().offset), fields_alone()});
        }
        while (tokens_.ok() && !tokens_.at_end()) {
            commands.push_back(parse_command());
        }
        return tokens_.ok();
    }

private:
    using any_command = script::command::any;

    struct command_row {
        std::string_view keyword;
        any_command (script_parser::*parse)();
    };

    [[nodiscard]] static const command_row* find_command(std::string_view keyword) noexcept {
        static constexpr command_row rows[] = {
            {"module", &script_parser::parse_module_command},
            {"register", &script_parser::parse_registration},
            {"invoke", &script_parser::parse_action_command},
            {"get", &script_parser::parse_action_command},
            {"assert_return", &script_parser::parse_assert_return},
            {"assert_trap", &script_parser::parse_assert_trap},
            {"assert_exhaustion", &script_parser::parse_assert_exhaustion},
            {"assert_exception", &script_parser::parse_assert_exception},
            {"assert_malformed", &script_parser::parse_refusal<script::assert_malformed>},
            {"assert_malformed_custom", &script_parser::parse_refusal<script::assert_malformed>},
            {"assert_invalid", &script_parser::parse_refusal<script::assert_invalid>},
            {"assert_invalid_custom", &script_parser::parse_refusal<script::assert_malformed>},
            {"assert_unlinkable", &script_parser::parse_refusal<script::assert_unlinkable>},
        };
        for (const command_row& row : rows) {
            if (row.keyword == keyword) {
                return &row;
            }
        }
        return nullptr;
    }

    /// At the parenthesis of a command.
    [[nodiscard]] script::command parse_command() {
        script::command command;
        command.line = line_of(tokens_.current().offset);
        if (!tokens_.at(token_kind::open)) {
            tokens_.unexpected("'(' and a command");
            return command;
        }
        const token keyword = tokens_.following();
        if (keyword.kind != token_kind::keyword) {
            tokens_.unexpected(keyword, "a command: module, register, invoke, get, or assert_return and the like");
            return command;
        }
        const command_row* const row = find_command(keyword.text);
        command.what = row != nullptr ? (this->*row->parse)() : skip_unknown();
        return command;
    }

    /// Others may still be run.
    [[nodiscard]] any_command skip_unknown() {
        script::unknown_command unknown{std::string(tokens_.following().text)};
        skip_two();
        tokens_.skip_to_close();
        return unknown;
    }

    // Modules.

    /// Is this the field of a module that no module is around?
    [[nodiscard]] bool at_field() {
        for (const std::string_view word :
             {"type", "rec", "import", "func", "table", "memory", "global", "tag", "export", "start", "elem", "data"}) {
            if (tokens_.at_open(word)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] script::module_source fields_alone() {
        script::module_source module;
        take_text(module, tokens_.current().offset, tokens_.source().size());
        tokens_ = tokens_.from(tokens_.source().size());
        return module;
    }

    /// The text between two offsets, with its place in the script.
    void take_text(script::module_source& module, std::size_t begin, std::size_t end) {
        module.text = tokens_.source().substr(begin, end - begin);
        module.begin = lines_.at(begin);
    }

    [[nodiscard]] any_command parse_module_command() {
        const std::size_t begin = tokens_.current().offset;
        skip_two();
        if (tokens_.take_keyword("instance")) {
            script::instantiation instance;
            instance.name = parse_identifier();
            instance.definition = parse_identifier();
            tokens_.expect_close();
            return instance;
        }
        if (tokens_.at_keyword("definition")) {
            // A module's text has no such word: in this there are spaces in its place.
            const std::size_t word = tokens_.current().offset - begin;
            const std::size_t size = tokens_.current().text.size();
            tokens_.advance();
            script::definition definition{parse_module_rest(begin)};
            if (definition.module.written == script::module_source::form::fields) {
                definition.module.text.replace(word, size, size, ' ');
            }
            return definition;
        }
        return parse_module_rest(begin);
    }

    [[nodiscard]] script::module_source parse_module() {
        const std::size_t begin = tokens_.current().offset;
        if (!tokens_.take_open("module")) {
            tokens_.unexpected("a module");
        }
        return parse_module_rest(begin);
    }

    /// Behind the word `module`, whose parenthesis is at `begin`.
    [[nodiscard]] script::module_source parse_module_rest(std::size_t begin) {
        script::module_source module;
        module.name = parse_identifier();
        if (tokens_.take_keyword("binary")) {
            module.written = script::module_source::form::binary;
            const std::string bytes = parse_strings("");
            const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
            module.bytes.assign(first, first + bytes.size());
        } else if (tokens_.take_keyword("quote")) {
            module.written = script::module_source::form::quote;
            module.text = parse_strings(" ");
        } else {
            const std::size_t end = skip_fields();
            take_text(module, begin, end);
        }
        return module;
    }

    /// Strings, with `separator` between them, and the parenthesis behind.
    [[nodiscard]] std::string parse_strings(std::string_view separator) {
        std::string all;
        while (tokens_.at(token_kind::string)) {
            all += all.empty() ? "" : separator;
            tokens_.expect_string(all);
        }
        tokens_.expect_close();
        return all;
    }

    /// \returns the offset behind the parenthesis that ends the module, where it goes on.
    [[nodiscard]] std::size_t skip_fields() {
        tokens_.skip_contents();
        const std::size_t end = tokens_.current().offset + 1;
        tokens_.expect_close();
        return end;
    }

    [[nodiscard]] any_command parse_registration() {
        skip_two();
        script::registration registration;
        tokens_.expect_name(registration.as);
        registration.instance = parse_identifier();
        tokens_.expect_close();
        return registration;
    }

    // Actions.

    [[nodiscard]] any_command parse_action_command() { return parse_action(); }

    [[nodiscard]] script::action parse_action() {
        script::action action;
        if (tokens_.take_open("get")) {
            action.what = script::action::kind::get;
        } else if (!tokens_.take_open("invoke")) {
            tokens_.unexpected("an action: (invoke ...) or (get ...)");
        }
        action.instance = parse_identifier();
        tokens_.expect_name(action.field);
        if (action.what == script::action::kind::invoke) {
            action.arguments = script_constants(tokens_).parse_arguments();
        }
        tokens_.expect_close();
        return action;
    }

    [[nodiscard]] any_command parse_assert_return() {
        skip_two();
        script::assert_return assertion;
        assertion.action = parse_action();
        assertion.expected = script_constants(tokens_).parse_results();
        tokens_.expect_close();
        return assertion;
    }

    [[nodiscard]] any_command parse_assert_trap() {
        skip_two();
        if (tokens_.at_open("module")) {
            return parse_with_message<script::assert_uninstantiable>(parse_module());
        }
        return parse_with_message<script::assert_trap>(parse_action());
    }

    [[nodiscard]] any_command parse_assert_exhaustion() {
        skip_two();
        return parse_with_message<script::assert_exhaustion>(parse_action());
    }

    [[nodiscard]] any_command parse_assert_exception() {
        skip_two();
        script::assert_exception assertion{parse_action()};
        tokens_.expect_close();
        return assertion;
    }

    template <class Assertion>
    [[nodiscard]] any_command parse_refusal() {
        skip_two();
        return parse_with_message<Assertion>(parse_module());
    }

    /// The rest of an assertion about `subject`.
    template <class Assertion, class Subject>
    [[nodiscard]] any_command parse_with_message(Subject subject) {
        Assertion assertion{std::move(subject), {}};
        tokens_.expect_string(assertion.message);
        tokens_.expect_close();
        return assertion;
    }

    // Parts.

    /// A parenthesis and the keyword behind it.
    void skip_two() {
        tokens_.advance();
        tokens_.advance();
    }

    /// Where there is one; else empty.
    [[nodiscard]] std::string parse_identifier() {
        std::string name;
        tokens_.take_identifier(name);
        return name;
    }

    [[nodiscard]] std::uint32_t line_of(std::size_t offset) { return lines_.at(offset).line; }

    text_memory memory_;
    token_stream tokens_;
    line_counter lines_;
};

} // namespace riser::inline v0_1::wat::detail
