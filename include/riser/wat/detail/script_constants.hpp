#pragma once

#include "riser/core/wasm/types.hpp"
#include "riser/wat/detail/lexer.hpp"
#include "riser/wat/detail/number.hpp"
#include "riser/wat/detail/script_commands.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace riser::inline v0_1::wat::detail {

/// Reads the arguments and results of actions in scripts.
class script_constants {
public:
    explicit script_constants(token_stream& tokens) noexcept : tokens_(tokens) {}

    /// Values, as long as there are any.
    [[nodiscard]] std::vector<script::constant> parse_arguments() {
        std::vector<script::constant> arguments;
        while (tokens_.at(token_kind::open)) {
            arguments.push_back(parse_constant());
        }
        return arguments;
    }

    /// The same with patterns, and with alternatives.
    [[nodiscard]] std::vector<script::constant> parse_results() {
        is_pattern_ = true;
        std::vector<script::constant> results;
        while (tokens_.at(token_kind::open)) {
            if (tokens_.take_open("either")) {
                script::constant either;
                either.what = script::constant::kind::either;
                either.alternatives = parse_arguments();
                tokens_.expect_close();
                results.push_back(std::move(either));
            } else {
                results.push_back(parse_constant());
            }
        }
        return results;
    }

private:
    using kind = script::constant::kind;
    using heap_type = core::wasm::heap_type;

    struct number_row {
        std::string_view name; ///< of the instruction, or the shape
        core::wasm::value_type type;
        std::uint8_t bits; ///< of a lane
        std::uint8_t lanes;
        bool is_float;
    };

    [[nodiscard]] static const number_row* find_number(std::string_view name) noexcept {
        static constexpr number_row rows[] = {
            {"i32.const", core::wasm::i32, 32, 1, false}, {"i64.const", core::wasm::i64, 64, 1, false},
            {"f32.const", core::wasm::f32, 32, 1, true},  {"f64.const", core::wasm::f64, 64, 1, true},
            {"i8x16", core::wasm::i32, 8, 16, false},     {"i16x8", core::wasm::i32, 16, 8, false},
            {"i32x4", core::wasm::i32, 32, 4, false},     {"i64x2", core::wasm::i64, 64, 2, false},
            {"f32x4", core::wasm::f32, 32, 4, true},      {"f64x2", core::wasm::f64, 64, 2, true},
        };
        for (const number_row& row : rows) {
            if (row.name == name) {
                return &row;
            }
        }
        return nullptr;
    }

    [[nodiscard]] static std::optional<heap_type> find_heap(std::string_view name) {
        for (const heap_type::abstract code :
             {heap_type::func, heap_type::nofunc, heap_type::extern_, heap_type::noextern, heap_type::any,
              heap_type::eq, heap_type::i31, heap_type::struct_, heap_type::array, heap_type::none, heap_type::exn,
              heap_type::noexn}) {
            if (to_string(heap_type(code)) == name) {
                return code;
            }
        }
        return std::nullopt;
    }

    /// At an opening parenthesis.
    [[nodiscard]] script::constant parse_constant() {
        script::constant made;
        tokens_.advance();
        const std::string_view word = tokens_.at(token_kind::keyword) ? tokens_.current().text : std::string_view();
        const number_row* number = word == "v128.const" ? nullptr : find_number(word);
        if (word == "v128.const") {
            tokens_.advance();
            number = tokens_.at(token_kind::keyword) ? find_number(tokens_.current().text) : nullptr;
            if (number == nullptr || number->lanes == 1) {
                tokens_.unexpected("a shape: i8x16, i16x8, i32x4, i64x2, f32x4 or f64x2");
                return made;
            }
            made.what = kind::vector;
        }
        if (number != nullptr && (made.what == kind::vector || number->lanes == 1)) {
            tokens_.advance();
            parse_lanes(*number, made);
        } else if (word.starts_with("ref.")) {
            parse_reference(word.substr(4), made);
        } else {
            tokens_.unexpected(is_pattern_ ? "a value, or a pattern for one" : "a value");
        }
        tokens_.expect_close();
        return made;
    }

    void parse_lanes(const number_row& row, script::constant& made) {
        made.type = row.type;
        for (unsigned i = 0; i < row.lanes && tokens_.ok(); ++i) {
            made.lanes.push_back(parse_lane(row));
        }
    }

    [[nodiscard]] script::lane parse_lane(const number_row& row) {
        using pattern = script::lane::pattern;
        if (is_pattern_ && row.is_float && tokens_.take_keyword("nan:canonical")) {
            return {pattern::canonical_nan};
        }
        if (is_pattern_ && row.is_float && tokens_.take_keyword("nan:arithmetic")) {
            return {pattern::arithmetic_nan};
        }
        const token found = tokens_.current();
        const bool is_word = found.kind == token_kind::number || found.kind == token_kind::keyword;
        const parsed_number number = !is_word ? parsed_number{}
                                     : !row.is_float
                                         ? parse_integer(found.text, row.bits)
                                         : parse_float(found.text, row.bits == 32 ? format_f32 : format_f64);
        if (number.ok()) {
            tokens_.advance();
        } else if (number.status == number_status::out_of_range) {
            tokens_.fail(found.offset, {"constant out of range: ", found.text});
        } else {
            tokens_.unexpected(row.is_float ? "a number" : "an integer");
        }
        return {pattern::bits, number.bits};
    }

    /// At the keyword, which `what` is the rest of.
    void parse_reference(std::string_view what, script::constant& made) {
        made.what = what == "null" ? kind::null : kind::reference;
        made.heap = what == "host" ? heap_type::any : find_heap(what);
        const bool is_value = made.what == kind::null || what == "extern" || what == "host";
        if ((made.what == kind::reference && !made.heap) || (!is_pattern_ && !is_value)) {
            return tokens_.unexpected(is_pattern_ ? "a reference, such as ref.null, ref.extern or ref.func"
                                                  : "a value: ref.null, ref.extern or ref.host");
        }
        tokens_.advance();
        if (made.what == kind::null) {
            parse_null_type(made);
        } else if (is_value) {
            parse_payload(made);
        }
    }

    void parse_null_type(script::constant& made) {
        if (tokens_.at(token_kind::keyword)) {
            made.heap = find_heap(tokens_.current().text);
        }
        if (made.heap) {
            tokens_.advance();
        } else if (!is_pattern_) {
            tokens_.unexpected("a heap type: func, extern, any, ...");
        }
    }

    void parse_payload(script::constant& made) {
        if (tokens_.at(token_kind::number)) {
            const token found = tokens_.current();
            const parsed_number number = parse_unsigned(found.text, 0xffff'ffff);
            made.payload = number.bits;
            if (!number.ok()) {
                return tokens_.fail(found.offset, {"constant out of range: ", found.text});
            }
            tokens_.advance();
        } else if (!is_pattern_) {
            tokens_.unexpected("a number");
        }
    }

    token_stream& tokens_;
    bool is_pattern_ = false; ///< is this a result?
};

} // namespace riser::inline v0_1::wat::detail
