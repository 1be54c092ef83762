#pragma once

#include "riser/core/base/text.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/module/constants.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/segment_items.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/wasm/message.hpp"
#include "riser/core/wasm/opcode.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Runs the constant expressions of one instance while it is made.
class constant_evaluator {
public:
    explicit constant_evaluator(instance_cell& instance) noexcept
        : instance_(&instance), stack_(instance.module->engine->options.allocator) {}

    /// \returns the value's slots, valid until the next call; null where it uses what this build cannot run, or where there is
    /// no memory: see failure and message.
    [[nodiscard, gnu::cold]] const slot* evaluate(constant_range range) {
        const module_constants& constants = instance_->module->constants;
        if (!stack_.try_resize(std::size_t{constants.stack_slots} + 1)) {
            failure = trap_kind::out_of_memory;
            return nullptr;
        }
        slot* top = stack_.data(); // behind the highest value
        for (std::uint32_t i = range.begin; i < range.begin + range.count; ++i) {
            const constant_instruction& instruction = constants.code[i];
            switch (instruction.code) {
            case constant_code::push: *top++ = instruction.low; break;
            case constant_code::push_vector:
                *top++ = instruction.low;
                *top++ = instruction.high;
                break;
            case constant_code::global_get: top = push_global(static_cast<std::uint32_t>(instruction.low), top); break;
            case constant_code::ref_func: {
                function_object* const function =
                    function_object_of(*instance_, static_cast<std::uint32_t>(instruction.low));
                if (function == nullptr) {
                    failure = trap_kind::out_of_memory;
                    return nullptr;
                }
                *top++ = word_of(function);
                break;
            }
            case constant_code::unsupported:
                failure = trap_kind::unsupported;
                message =
                    wasm::message{"unsupported instruction: ", wasm::name(static_cast<wasm::opcode>(instruction.low)),
                                  " in a constant expression"}
                        .text();
                return nullptr;
            default: --top; top[-1] = combined(instruction.code, top[-1], *top);
            }
        }
        return stack_.data();
    }

    trap_kind failure = trap_kind::none;
    text message;

private:
    [[nodiscard, gnu::cold]] slot* push_global(std::uint32_t index, slot* top) const noexcept {
        const module_data& module = *instance_->module;
        const slot* const from = address_of_global(*instance_, index);
        const std::uint32_t slots = module.info.globals[index].type.type.slots();
        for (std::uint32_t i = 0; i < slots; ++i) {
            *top++ = from[i];
        }
        return top;
    }

    [[nodiscard, gnu::cold]] static slot combined(constant_code code, slot a, slot b) noexcept {
        switch (code) {
        case constant_code::i32_add: return (a + b) & 0xffff'ffffU;
        case constant_code::i32_sub: return (a - b) & 0xffff'ffffU;
        case constant_code::i32_mul: return (a * b) & 0xffff'ffffU;
        case constant_code::i64_add: return a + b;
        case constant_code::i64_sub: return a - b;
        default: return a * b;
        }
    }

    instance_cell* instance_;
    vector<slot> stack_;
};

} // namespace riser::inline v0_1::core::runtime
