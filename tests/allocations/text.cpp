// The text format: what a text makes its parser keep.

#include "check.hpp"
#include "riser/wat/locate.hpp"
#include "riser/wat/wat.hpp"
#include "support/failing_allocator.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace {

using test::attempt_result;

/// Something of everything that a parser keeps.
constexpr std::string_view everything = R"((module $"escaped \u{2603}" (@name "the module")
  (@custom "note" (after type) "bytes" "more") (@custom "last")
  (type $plain (func (param $p i32) (param i64 f32) (result i32)))
  (type $open (sub (func (result (ref null $open)))))
  (type (sub final $open (func (result (ref null $open)))))
  (rec (type $pair (struct (field $first i32) (field $"s\65cond" (mut i8)))) (type $list (array (mut (ref null $pair)))))
  (import "env" "f\6f" (func $imported (type $plain)))
  (import "env" "tag" (tag (param $named i32)))
  (table $table (export "table") funcref (elem $"f" $g))
  (table 1 (ref null func) (ref.null func))
  (memory $memory (data "a" "b\00"))
  (global $global (export "global") (mut f64)
    (f64.const 1.00000000000000011102230246251565404236316680908203126e-5))
  (tag $tag (param i64))
  (func $f (export "f") (param $a i32) (param $b i32) (result i32) (local $c i64) (local i32 i32 f32)
    (block $outer (result i32)
      (loop $inner (@name "loop")
        (@metadata.code.branch_hint "\01") (br_if $inner (i32.eqz (local.get $a)))
        (br_table $inner $outer (i32.const 7) (local.get $b)))
      (if (result i32) (local.get 0) (then (i32.const 1)) (else (i32.const 2)))))
  (func $g (param i32 i32 i32) (result i64 i64)
    block $one block $two br $one end end
    i64.const 1 i64.const 2)
  (func $h (call_indirect (param i32 i32 i32) (result i64 i64)
      (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 0)) drop drop)
  (func (drop (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)))
  (start $h)
  (elem $declared declare func $h)
  (elem (table $table) (offset (i32.const 0)) funcref (item (ref.func $f)) (ref.null func))
  (data $data (memory $memory) (i32.const 8) "bytes\ff")))";

[[nodiscard]] riser::wat::parse_options from(test::failing_allocator& source) {
    riser::wat::parse_options options;
    options.allocator = source.interface();
    return options;
}

[[nodiscard]] bool is_out_of_memory(const riser::error& why) {
    return why.is<riser::resource_error>() && why.message().starts_with("out of memory");
}

[[nodiscard]] attempt_result parse(test::failing_allocator& source, std::string_view text,
                                   const std::vector<std::byte>& expected) {
    const auto binary = [&] {
        const test::watch watched;
        return riser::wat::try_to_binary(text, from(source));
    }();
    // What is returned is made by operator new, after it has said that there is enough.
    test::host.throwing = test::host.throwing <= 1 ? 0 : test::host.throwing;
    if (!binary) {
        return is_out_of_memory(binary.error()) ? attempt_result::refused : attempt_result::wrong;
    }
    return *binary == expected ? attempt_result::as_usual : attempt_result::wrong;
}

[[nodiscard]] attempt_result refuse(test::failing_allocator& source, std::string_view text, std::string_view message) {
    const auto binary = [&] {
        const test::watch watched;
        return riser::wat::try_to_binary(text, from(source));
    }();
    if (binary.error().message().find("out of memory") != std::string_view::npos) {
        return attempt_result::refused;
    }
    return binary.error().message() == message ? attempt_result::as_usual : attempt_result::wrong;
}

} // namespace

void test::check_text() {
    const auto binary = riser::wat::try_to_binary(everything);
    const auto bytes = riser::wat::try_to_binary(R"((module binary "\00asm" "\01\00\00\00"))");
    check("parse", [&](auto& source) { return parse(source, everything, *binary); });
    check("parse a binary",
          [&](auto& source) { return parse(source, R"((module binary "\00asm" "\01\00\00\00"))", *bytes); });
    check("refuse a text", [&](auto& source) {
        return refuse(
            source, "(module (func (block $label br $\"\\6cabel\" i32.trunc_s/f32)))",
            "1:43: unknown operator i32.trunc_s/f32: expected an instruction (it is called i32.trunc_f32_s now)");
    });
}
