// Modules in the text format: from text to a module that runs, what is wrong with a text and where, and back to text.
//
//     g++ -std=c++20 -O2 -Iinclude examples/text_modules.cpp -o text_modules && ./text_modules
#include <riser/riser.hpp>
#include <riser/wat/wat.hpp>

#include <cstdint>
#include <iostream>
#include <string_view>

constexpr std::string_view power = R"(
(module
  (func $power (export "power") (param $base i64) (param $exponent i32) (result i64)
    (local $result i64)
    (local.set $result (i64.const 1))
    (block $done
      (loop $again
        (br_if $done (i32.eqz (local.get $exponent)))
        (local.set $result (i64.mul (local.get $result) (local.get $base)))
        (local.set $exponent (i32.sub (local.get $exponent) (i32.const 1)))
        (br $again)))
    (local.get $result)))
)";

int main() {
    riser::engine engine;

    // The text becomes a module in the binary format, which is what the engine takes.
    const auto binary = riser::wat::to_binary(power);
    auto module = riser::module::compile(engine, binary);
    riser::store store(engine);
    riser::instance instance = riser::linker(engine).instantiate(store, module);
    auto raise = instance.function<std::int64_t(std::int64_t, std::int32_t)>("power");
    std::cout << "3 to the 5th: " << raise(3, 5) << '\n';

    // A text that is malformed is refused with line, column, and what was expected.
    try {
        (void)riser::wat::to_binary("(module\n  (func (result i32)\n    i32.cnst 42))");
    } catch (const riser::wat::parse_error& refused) {
        std::cout << "line " << refused.where().line << ", column " << refused.where().column << ": "
                  << refused.description() << '\n';
    }

    // A well-formed text may still be no valid module, which the engine finds.
    try {
        (void)riser::module::compile(engine, riser::wat::to_binary("(func $f (result i32) (i64.const 42))"));
    } catch (const riser::compile_error& refused) {
        std::cout << refused.what() << '\n';
    }

    // Any module can be printed.
    std::cout << riser::wat::print(
        riser::wat::to_binary("(func $double (param i32) (i32.shl (local.get 0) (i32.const 1)) drop)"));
}
