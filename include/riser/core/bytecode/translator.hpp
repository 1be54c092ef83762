#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/translate_control.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/limits.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::bytecode {

/// From wasm to the shared form in one pass: a sink of the function parser. Locals and operands get their canonical slots;
/// `local.get` and constants become operands of what uses them, `local.set` the destination of what comes before it,
/// comparisons part of branches, sums part of addresses.
class translator : public control_translator {
public:
    /// \param source of everything that a function's translation needs; outlives the translator and what it makes
    explicit translator(const allocator& source) noexcept : control_translator(source) {}

    /// Where not null, gets the position of every instruction (see offsets.hpp).
    vector<code_builder::position>* positions = nullptr;

    /// The preamble and the instructions of the function parsed last, until the next one.
    [[nodiscard]] const vector<code_word>& words() const noexcept { return code().words; }

    /// What translation has cost beside a constant amount for each operator; see operand_stack::steps.
    [[nodiscard]] std::uint64_t steps() const noexcept { return stack_.steps() + parser().steps(); }

    void begin_function(wasm::parser_view& parser, const wasm::function_header& header) {
        refusing_sink::begin_function(parser, header);
        code().begin(parser, limits::bytecode_words_per_body +
                                 limits::bytecode_words_per_byte *
                                     module().bodies[header.function - module().imported_functions].bytes.size);
        code().set_word(0, header.function);
        code().positions = positions;
        const std::uint32_t slots = header.locals->slots();
        if (slots != header.locals->size()) {
            return refuse("v128");
        }
        if (!check_slots(slots)) {
            return;
        }
        begin_values(header);
        begin_memory();
        begin_control(header);
        has_declared_locals_ = slots > header.type->params.size();
        if (has_declared_locals_) {
            code().emit(single::zero_range, 0); // see end_function
        }
    }

    void end_function(const wasm::function_summary& summary) {
        if (summary.falls_through) {
            return_();
        }
        if (!check_slots(summary.frame_slots)) {
            return;
        }
        code().set_word(1, runtime::make_preamble(summary.frame_slots, summary.entry_weight));
        if (has_declared_locals_) {
            code().set_word(runtime::preamble_words + 1, pack_immediate(0, zeroed_.begin(), zeroed_.count()));
        }
        if (code().failure() == wasm::diagnostic_kind::out_of_memory) {
            parser().out_of_memory();
        } else if (const auto failure = code().failure()) {
            parser().refuse(*failure, "function needs too much bytecode");
        }
    }

    // Calls

    void call(std::uint32_t function) {
        const wasm::function_type* const type = callee_of(module().functions[function]);
        if (type == nullptr) {
            return;
        }
        const std::uint32_t base = begin_call(*type);
        if (function < module().imported_functions) {
            code().emit(single::call_import, pack_immediate(base, 0, function));
        } else {
            code().emit(single::call, pack_fields(base, 0), function - module().imported_functions);
        }
        end_call(*type);
    }
    void call_indirect(std::uint32_t type_index, std::uint32_t table) {
        const wasm::function_type* const type = callee_of(type_index);
        if (type == nullptr) {
            return;
        }
        const std::uint32_t index = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(*type);
        code().emit(single::call_indirect, pack_immediate(base, index, table), type_index);
        end_call(*type);
    }
    [[gnu::cold]] void call_ref(std::uint32_t type_index) {
        const wasm::function_type* const type = callee_of(type_index);
        if (type == nullptr) {
            return;
        }
        const std::uint32_t callee = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(*type);
        code().emit(single::call_ref, pack_fields(base, callee));
        end_call(*type);
    }
    [[gnu::cold]] void return_call(std::uint32_t function) {
        const wasm::function_type* const type = callee_of(module().functions[function]);
        if (type == nullptr) {
            return;
        }
        const code_word moved = pack_immediate(begin_call(*type), 0, parameter_slots(*type));
        if (function < module().imported_functions) {
            code().emit(single::return_call_import, moved, function);
        } else {
            code().emit(single::return_call, moved, function - module().imported_functions);
        }
    }
    [[gnu::cold]] void return_call_indirect(std::uint32_t type_index, std::uint32_t table) {
        const wasm::function_type* const type = callee_of(type_index);
        if (type == nullptr) {
            return;
        }
        const std::uint32_t index = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(*type);
        code().emit(single::return_call_indirect, pack_immediate(base, index, table), type_index,
                    parameter_slots(*type));
    }
    [[gnu::cold]] void return_call_ref(std::uint32_t type_index) {
        const wasm::function_type* const type = callee_of(type_index);
        if (type == nullptr) {
            return;
        }
        const std::uint32_t callee = operand_stack::slot_of(pop_in_slot());
        const std::uint32_t base = begin_call(*type);
        code().emit(single::return_call_ref, pack_immediate(base, callee, parameter_slots(*type)));
    }

private:
    /// Slots are 16 bits in instructions.
    bool check_slots(std::uint32_t slots) {
        if (slots <= limits::frame_slots) {
            return true;
        }
        parser().refuse(wasm::diagnostic_kind::limit,
                        {"function needs ", slots, " frame slots: at most ", limits::frame_slots});
        return false;
    }

    [[nodiscard]] static std::uint32_t parameter_slots(const wasm::function_type& type) noexcept {
        return static_cast<std::uint32_t>(type.params.size());
    }
    /// \returns null where functions of the type cannot be called.
    [[nodiscard]] const wasm::function_type* callee_of(std::uint32_t type) {
        const wasm::defined_type& callee = module().types[type];
        if (callee.function.params.has_vectors() || callee.function.results.has_vectors()) [[unlikely]] {
            refuse("call with v128");
            return nullptr;
        }
        return &callee.function;
    }
    /// Arguments go to their homes, which are the callee's first slots. \returns the first.
    std::uint32_t begin_call(const wasm::function_type& type) {
        stack_.materialize_top(type.params.size());
        stack_.resize_down(stack_.size() - type.params.size());
        return stack_.next_home();
    }
    /// A single result is in the accumulator, too.
    void end_call(const wasm::function_type& type) {
        not_innermost();
        code().forget();
        if (type.results.size() == 1) {
            stack_.push_result(type.results[0].what());
        } else {
            stack_.push_all_stored(type.results);
        }
    }

    bool has_declared_locals_ = false;
};

} // namespace riser::inline v0_1::core::bytecode
