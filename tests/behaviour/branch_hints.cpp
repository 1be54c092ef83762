#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "support/module_builder.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// The custom section "metadata.code.branch_hint": which operators get its hints, and that an ill-formed one is ignored.

namespace {

using namespace riser::core::wasm;
using test::byte_writer;

constexpr std::string_view section_name = "metadata.code.branch_hint";

/// A module with this custom section first.
std::vector<std::byte> with_section(std::vector<std::byte> module, const byte_writer& contents,
                                    std::string_view name = section_name) {
    byte_writer named;
    named.name(name).put(contents);
    byte_writer section;
    section.put({0}).unsigned_number(named.bytes.size()).put(named);
    module.insert(module.begin() + 8, section.bytes.begin(), section.bytes.end());
    return module;
}

byte_writer raw(std::initializer_list<std::uint8_t> values) {
    byte_writer result;
    result.put(values);
    return result;
}

std::vector<std::byte> module_bytes() {
    return test::wat(R"((module
      (import "m" "f" (func))
      (func (local i32)
        (if (local.get 0) (then))           ;; if at 5
        (block (br_if 0 (local.get 0))))    ;; br_if at 12
      (func)
      (func (block                          ;; br_if at 5, 9, 15
        (br_if 0 (i32.const 1)) (br_if 0 (i32.const 0)) (br 0) (br_if 0 (i32.const 1))))))");
}

/// Writes down the hints of the operators that may have one.
struct hint_recorder : null_sink {
    void begin_function(parser_view& view, const function_header&) { view_ = &view; }
    void if_(const block_signature&) { say("if"); }
    void br_if(std::uint32_t) { say("br_if"); }

    std::string text;

private:
    void say(const char* what) {
        const branch_hint hint = view_->hint();
        text += std::string(text.empty() ? "" : ", ") + what +
                (hint == branch_hint::none     ? ""
                 : hint == branch_hint::likely ? " likely"
                                               : " unlikely");
    }
    parser_view* view_ = nullptr;
};

std::string hints_of(const std::vector<std::byte>& bytes) {
    module_info module;
    diagnostics errors;
    REQUIRE(decode_module(bytes, module, errors));
    hint_recorder recorder;
    function_parser<hint_recorder> parser(module, bytes, errors);
    for (const std::uint32_t function : {1U, 2U, 3U}) {
        REQUIRE(parser.parse_function(function, recorder));
    }
    return std::move(recorder.text);
}

std::string hints_of(const byte_writer& contents) { return hints_of(with_section(module_bytes(), contents)); }

const std::string no_hints = "if, br_if, br_if, br_if";

} // namespace

TEST_CASE("hints reach the operators at their offsets") {
    CHECK(hints_of(module_bytes()) == no_hints);
    CHECK(hints_of(raw({2, 1, 2, 5, 1, 1, 12, 1, 0, 3, 1, 9, 1, 1})) ==
          "if likely, br_if unlikely, br_if, br_if likely");
    CHECK(hints_of(raw({1, 3, 2, 5, 1, 0, 9, 1, 0})) == "if, br_if, br_if unlikely, br_if unlikely");
    CHECK(hints_of(raw({0})) == no_hints);
    CHECK(hints_of(raw({3, 1, 0, 2, 0, 3, 0})) == no_hints);
}

TEST_CASE("hints for other operators and for unreachable ones reach nobody") {
    CHECK(hints_of(raw({2, 1, 3, 3, 1, 1, 6, 1, 1, 7, 1, 1, 3, 1, 15, 1, 1})) == no_hints);
    CHECK(hints_of(raw({1, 1, 2, 0, 1, 1, 12, 1, 1})) == "if, br_if likely, br_if, br_if");
}

TEST_CASE("an ill-formed section of hints is ignored as a whole") {
    // Each begins with a good hint.
    const auto check_ignored = [](std::initializer_list<std::uint8_t> rest, std::uint8_t functions = 2,
                                  std::uint8_t hints = 1) {
        CHECK(hints_of(raw({functions, 1, hints, 5, 1, 1}).put(rest)) == no_hints);
    };
    CHECK(hints_of(raw({2, 1, 1, 5, 1, 1, 3, 1, 5, 1, 1})) == "if likely, br_if, br_if likely, br_if");
    check_ignored({});                          // a function is missing
    check_ignored({3});                         // its hints are
    check_ignored({3, 1});                      // its hint is
    check_ignored({3, 1, 5});                   // the size of it
    check_ignored({3, 1, 5, 1});                // the value of it
    check_ignored({3, 1, 5, 1, 2});             // no such value
    check_ignored({3, 1, 5, 0});                // no value
    check_ignored({3, 1, 5, 2, 1, 1});          // too large
    check_ignored({3, 1, 5, 1, 1, 0});          // something follows
    check_ignored({1, 1, 12, 1, 1});            // a function twice
    check_ignored({0, 1, 5, 1, 1});             // functions in disorder
    check_ignored({4, 1, 5, 1, 1});             // no such function
    check_ignored({2, 1, 2, 1, 1});             // behind the body of function 2
    check_ignored({3, 0xff, 0xff, 0xff, 0x7f}); // more hints than bytes
    check_ignored({3, 1, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 1});
    check_ignored({3, 1, 0xff, 0xff, 0xff, 0xff, 0x7f, 1, 1}); // not a number of 32 bits
    check_ignored({5, 1, 1}, 1, 2);                            // an offset twice
    check_ignored({3, 1, 1}, 1, 2);                            // offsets in disorder
    CHECK(hints_of(raw({1, 0, 1, 0, 1, 1})) == no_hints);      // of an imported function
    CHECK(hints_of(raw({})) == no_hints);
    CHECK(hints_of(raw({0xff, 0xff, 0xff, 0xff, 0x0f})) == no_hints);
}

TEST_CASE("the first section of hints counts") {
    const byte_writer likely = raw({1, 1, 1, 5, 1, 1});
    const byte_writer unlikely = raw({1, 1, 1, 5, 1, 0});
    CHECK(hints_of(with_section(with_section(module_bytes(), unlikely), likely)) == "if likely, br_if, br_if, br_if");
    CHECK(hints_of(with_section(with_section(module_bytes(), likely), raw({9}))) == no_hints);
    CHECK(hints_of(with_section(module_bytes(), likely, "metadata.code.branch")) == no_hints);
}
