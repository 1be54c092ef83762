#pragma once

#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/module_state.hpp"
#include "riser/wat/detail/origin_finder.hpp"
#include "riser/wat/detail/parse_instructions.hpp"
#include "riser/wat/detail/parse_names.hpp"
#include "riser/wat/detail/parse_types.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

// Functions that are not imported (6.6.4).

namespace riser::inline v0_1::wat::detail {

class function_body_parser {
public:
    function_body_parser(module_state& state, instruction_parser& instructions) noexcept
        : state_(state), tokens_(state.tokens), instructions_(instructions), signature_(state.memory()),
          body_(state.memory()), local_names_(state.memory()), locals_(state.memory()), run_type_(state.memory()) {}

    /// From the type use to the closing parenthesis, which stays.
    void parse(std::uint32_t function) {
        instructions_.begin();
        local_names_.clear();
        body_.clear();
        watch_origins();
        parse_type();
        parse_locals();
        instructions_.parse_sequence(body_);
        state_.note_origin(body_, tokens_.current().offset);
        body_.put(0x0b);
        item_buffer& code = state_.at(section::code);
        code.bytes.append_sized(body_.view());
        ++code.count;
        module_state::note(state_.names.locals, function, local_names_);
        module_state::note(state_.names.labels, function, instructions_.label_names());
        module_state::note(state_.branch_hints, function, instructions_.hints());
    }

private:
    void watch_origins() noexcept {
        for (origin_finder& each : state_.origins) {
            if (each.section() == core::wasm::section_id::code) {
                each.watch(each.body() == state_.at(section::code).count ? &body_ : nullptr);
                each.note(body_, tokens_.current().offset);
            }
        }
    }

    void parse_type() {
        const std::uint32_t offset = tokens_.current().offset;
        const std::optional<std::uint32_t> stated = parse_type_reference(state_);
        parse_signature(state_, signature_, [this](std::uint32_t index) { declare_local(index); });
        const std::uint32_t type = resolve_type_use(state_, stated, signature_, offset);
        item_buffer& functions = state_.at(section::function);
        functions.bytes.put_unsigned(type);
        ++functions.count;
        local_count_ = type < state_.types.size() ? state_.types[type].params : 0;
    }

    void parse_locals() {
        locals_.clear();
        run_count_ = 0;
        while (tokens_.take_open("local")) {
            const bool is_named = tokens_.at_name();
            if (is_named) {
                declare_local(local_count_);
                parse_local();
            }
            while (!is_named && !tokens_.at(token_kind::close) && tokens_.ok()) {
                parse_local();
            }
            tokens_.expect_close();
        }
        end_run();
        locals_.append_to(body_);
    }

    /// Locals in a row that have one type are declared together (5.5.13).
    void parse_local() {
        byte_buffer type(state_.memory());
        parse_value_type(state_, type);
        if (run_count_ == 0 || run_type_.view() != type.view()) {
            end_run();
            run_type_.clear();
            run_type_.append(type);
        }
        ++run_count_;
        ++local_count_;
    }

    void end_run() {
        if (run_count_ != 0) {
            locals_.bytes.put_unsigned(run_count_);
            locals_.bytes.append(run_type_);
            ++locals_.count;
            run_count_ = 0;
        }
    }

    /// The current token is the identifier, or behind the name annotation.
    void declare_local(std::uint32_t index) {
        const token identifier = tokens_.current();
        if (identifier.kind == token_kind::identifier &&
            !instructions_.locals().insert(0, state_.name_of(identifier), index)) {
            return tokens_.fail(identifier.offset, {"duplicate local $", identifier.text});
        }
        if (const auto taken = take_name(state_)) {
            local_names_.add_name(index, *taken);
        }
    }

    module_state& state_;
    token_stream& tokens_;
    instruction_parser& instructions_;
    signature signature_;
    byte_buffer body_;
    item_buffer local_names_;
    item_buffer locals_; ///< runs of locals
    byte_buffer run_type_;
    std::uint32_t run_count_ = 0;
    std::uint32_t local_count_ = 0;
};

} // namespace riser::inline v0_1::wat::detail
