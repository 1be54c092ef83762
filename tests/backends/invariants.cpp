#include "backends/compile_natively.hpp"
#include "riser_x64/baseline/check_invariants.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

// What the compiler believes of registers is looked at between operators; what is broken on purpose is found. All of the suite is
// compiled so by the test engines whose memories move.

namespace {

namespace x64 = riser::x64;

/// A compiler that breaks something at each nop.
class careless_compiler : public x64::checked_compiler {
public:
    enum class fault { none, lock, operand_without_register, lost_operand, operand_elsewhere, flags_below };
    static inline fault does = fault::none;
    static inline const char* found = nullptr;

    using x64::checked_compiler::checked_compiler;

    [[nodiscard]] riser::core::runtime::compiled_code compile(const riser::core::runtime::compile_task& task) {
        (void)compile_by(*this, task); // checks on: what is written is not run
        found = broken();
        does = fault::none;
        return x64::checked_compiler::compile(task);
    }
    void nop() {
        switch (does) {
        case fault::none: break;
        case fault::lock: lock(id(x64::gpr::rax)); break;
        case fault::operand_without_register: push({.where = x64::value::place::held, .r = id(x64::gpr::rax)}); break;
        case fault::lost_operand: (void)pop(), done(); break;
        case fault::operand_elsewhere: push({.where = x64::value::place::slot, .index = size() + 3}); break;
        case fault::flags_below:
            push_comparison(x64::condition::equal);
            push_constant(x64::kind::i32, 0);
            break;
        }
    }
};

std::string_view found_with(careless_compiler::fault fault) {
    careless_compiler::does = fault;
    (void)test::compile_natively<careless_compiler>(R"((module (func (param i32 i64 f64) (result i32)
        (i32.add (local.get 0) (i32.const 3)) (f64.mul (local.get 2) (local.get 2)) (local.get 1)
        (nop)
        (block (local.set 1 (i64.const 4))) (drop) (drop))))",
                                                    0);
    return careless_compiler::found == nullptr ? "" : careless_compiler::found;
}

} // namespace

TEST_CASE("invariants: what is broken between operators is found") {
    using enum careless_compiler::fault;
    CHECK(found_with(none).empty());
    CHECK(found_with(lock) == "a register is locked between operators");
    CHECK(found_with(operand_without_register) == "an operand's register is not its own");
    CHECK(found_with(lost_operand) == "the operand stack's height is not the parser's");
    CHECK(found_with(operand_elsewhere) == "an operand is in another one's slot");
    CHECK(found_with(flags_below) == "a comparison in the flags is not the operand on top");
}
