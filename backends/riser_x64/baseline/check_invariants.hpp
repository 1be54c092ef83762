#pragma once

#include "riser_x64/baseline/baseline.hpp"

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// For tests of the compiler: looks between operators whether what it believes of registers, operands and locals agrees.
namespace riser::inline v0_1::x64 {

struct cached_values_check {
    /// \returns what does not hold; null where all does
    [[nodiscard]] static const char* find(const cached_values& of) noexcept {
        if (of.locked_ != 0) {
            return "a register is locked between operators";
        }
        if ((of.now_.used & ~(all_gprs | all_xmms)) != 0 || (of.now_.dirty & ~of.now_.used) != 0) {
            return "a register is used that is not for values, or dirty without being used";
        }
        if (of.normal_ > of.size()) {
            return "more operands are normal than there are";
        }
        const char* const found = find_in_registers(of);
        return found != nullptr ? found : find_in_operands(of);
    }

private:
    [[nodiscard]] static const char* find_in_registers(const cached_values& of) noexcept {
        for (reg_set left = of.now_.used; left != 0; left &= left - 1) {
            const auto r = static_cast<reg>(std::countr_zero(left));
            const std::uint32_t owner = of.now_.owners[r];
            if ((owner & register_state::operand_bit) == 0) {
                if (of.is_near(owner) && of.near_registers_[owner] != r) {
                    return "a register's local has another one";
                }
                continue;
            }
            const std::uint32_t index = owner & ~register_state::operand_bit;
            if (index >= of.size() || of.stack_[index].where != value::place::held || of.stack_[index].r != r) {
                return "a register's operand is not in it";
            }
            if ((of.now_.dirty & bit(r)) != 0) {
                return "an operand's register is dirty";
            }
        }
        for (std::uint32_t local = 0; local < cached_values::most_near; ++local) {
            const reg r = of.near_registers_[local];
            if (r != no_reg && ((of.now_.used & bit(r)) == 0 || of.now_.owners[r] != local)) {
                return "a local's register is not its own";
            }
        }
        return nullptr;
    }

    [[nodiscard]] static const char* find_in_operands(const cached_values& of) noexcept {
        std::uint32_t pending[cached_values::most_near] = {};
        for (std::uint32_t i = 0; i < of.size(); ++i) {
            const value& v = of.stack_[i];
            switch (v.where) {
            case value::place::held:
                if ((of.now_.used & bit(v.r)) == 0 || of.now_.owners[v.r] != (register_state::operand_bit | i)) {
                    return "an operand's register is not its own";
                }
                if (is_vector(v.r) != in_vector_bank(v.type)) {
                    return "an operand is in a register of the wrong bank";
                }
                if (!is_vector(v.r) && cached_values::is_wide(of.now_, v.r) != (width_of(v.type) == width::w64)) {
                    return "a register's width is not its operand's";
                }
                break;
            case value::place::slot:
                if (v.index != i) {
                    return "an operand is in another one's slot";
                }
                break;
            case value::place::local:
                if (!of.is_near(v.index)) {
                    return "an operand is lazily a local that is not near";
                }
                ++pending[v.index];
                [[fallthrough]];
            case value::place::constant:
                if (i < of.normal_) {
                    return "an operand below a block is nowhere";
                }
                break;
            case value::place::comparison:
                if (i + 1 != of.size()) {
                    return "a comparison in the flags is not the operand on top";
                }
            }
        }
        for (std::uint32_t local = 0; local < cached_values::most_near; ++local) {
            if (of.pending_[local] != pending[local]) {
                return "operands that are lazily a local are not counted right";
            }
        }
        return nullptr;
    }
};

/// The baseline compiler, which looks at itself before each operator of the kinds below; most others come in front of one of them.
class checked_compiler : public baseline_compiler {
public:
    using baseline_compiler::baseline_compiler;

    [[nodiscard]] core::runtime::compiled_code compile(const core::runtime::compile_task& task) {
        broken_ = nullptr;
        return compile_by(*this, task);
    }
    /// The first thing that did not hold in the function compiled last; null where all did.
    [[nodiscard]] const char* broken() const noexcept { return broken_; }

    void block(const core::wasm::block_signature& signature) {
        check_height(signature, 0);
        baseline_compiler::block(signature);
    }
    void loop(const core::wasm::block_signature& signature) {
        check_height(signature, 0);
        baseline_compiler::loop(signature);
    }
    void if_(const core::wasm::block_signature& signature) {
        check_height(signature, 1);
        baseline_compiler::if_(signature);
    }
    void br(std::uint32_t depth) { check(), baseline_compiler::br(depth); }
    void br_if(std::uint32_t depth) { check(), baseline_compiler::br_if(depth); }
    void call(std::uint32_t function) { check(), baseline_compiler::call(function); }
    void drop(core::wasm::value_type type) { check(), baseline_compiler::drop(type); }
    void select(core::wasm::value_type type) { check(), baseline_compiler::select(type); }
    void local_get(const core::wasm::local_place& local) { check(), baseline_compiler::local_get(local); }
    void local_set(const core::wasm::local_place& local) { check(), baseline_compiler::local_set(local); }
    void local_tee(const core::wasm::local_place& local) { check(), baseline_compiler::local_tee(local); }
    void global_get(std::uint32_t global) { check(), baseline_compiler::global_get(global); }
    void global_set(std::uint32_t global) { check(), baseline_compiler::global_set(global); }
    void constant(core::wasm::value_type type, std::uint64_t bits) { check(), baseline_compiler::constant(type, bits); }
    void numeric(opcode op) { check(), baseline_compiler::numeric(op); }
    void load(opcode op, const memory_argument& argument) { check(), baseline_compiler::load(op, argument); }
    void store(opcode op, const memory_argument& argument) { check(), baseline_compiler::store(op, argument); }

protected:
    void check() { note(cached_values_check::find(*this)); }

private:
    using memory_argument = core::wasm::memory_argument;

    /// \param others operands that the block's own lie below
    void check_height(const core::wasm::block_signature& signature, std::uint32_t others) {
        check();
        if (size() != signature.height + signature.params.size() + others) {
            note("the operand stack's height is not the parser's");
        }
    }
    /// Nothing is reported any more then.
    void note(const char* broken) {
        if (broken_ == nullptr && broken != nullptr) {
            broken_ = broken;
            parser().refuse(core::wasm::diagnostic_kind::limit, "a broken invariant of the compiler");
        }
    }

    const char* broken_ = nullptr;
};

/// As baseline, but ends the process where something does not hold.
class checked_baseline : public baseline {
public:
    explicit checked_baseline(const core::allocator& source) noexcept
        : baseline(source), checked_(templates(), source) {}

    [[nodiscard]] core::runtime::compiled_code compile(const core::runtime::compile_task& task) noexcept {
        const core::runtime::compiled_code code = checked_.compile(task);
        if (checked_.broken() != nullptr) {
            std::fprintf(stderr, "function %u: %s\n", task.function, checked_.broken());
            std::abort();
        }
        return code;
    }

private:
    checked_compiler checked_;
};

} // namespace riser::inline v0_1::x64
