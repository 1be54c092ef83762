#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/module/constants.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/function/sink.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::runtime {

/// Compiles constant expressions, which the decoder has validated, to instructions of a small stack machine.
class constant_compiler : public wasm::null_sink {
public:
    constant_compiler(const wasm::module_info& module, std::span<const std::byte> bytes, module_constants& out,
                      wasm::diagnostics& diagnostics, const allocator& source)
        : module_(&module), out_(&out), diagnostics_(&diagnostics), parser_(module, bytes, diagnostics, source) {}

    /// All expressions of the module. \returns false with a diagnostic.
    [[nodiscard, gnu::cold]] bool run() {
        if (!diagnostics_->require_memory(make_room())) {
            return false;
        }
        const auto globals = static_cast<std::uint32_t>(module_->globals.size());
        for (std::uint32_t i = module_->imported_globals; i < globals; ++i) {
            out_->globals.push_back_reserved(compile(module_->globals[i].initial, module_->globals[i].type.type, i));
        }
        // Sections before the one of globals see the imported ones only (3.4.14); the decoder has checked that.
        for (std::size_t i = module_->imported_tables; i < module_->tables.size(); ++i) {
            const wasm::table_entry& table = module_->tables[i];
            out_->tables.push_back_reserved(table.initial ? compile(*table.initial, table.type.element, globals)
                                                          : constant_range{});
        }
        for (const wasm::element_segment& segment : module_->elements) {
            const bool active = segment.mode == wasm::segment_mode::active;
            out_->element_offsets.push_back_reserved(
                active ? compile(segment.offset, module_->tables[segment.table].type.is_64 ? wasm::i64 : wasm::i32,
                                 globals)
                       : constant_range{});
            out_->first_item.push_back_reserved(static_cast<std::uint32_t>(out_->element_items.size()));
            for (const wasm::constant_expression& item : segment.expressions) {
                out_->element_items.push_back_reserved(compile(item, segment.type, globals));
            }
        }
        for (const wasm::data_segment& segment : module_->data) {
            const bool active = segment.mode == wasm::segment_mode::active;
            out_->data_offsets.push_back_reserved(
                active
                    ? compile(segment.offset, module_->memories[segment.memory].is_64 ? wasm::i64 : wasm::i32, globals)
                    : constant_range{});
        }
        return ok_;
    }

    // Events of the parser.

    void constant(wasm::value_type, std::uint64_t bits) { push(constant_code::push, bits, 0, 1); }
    [[gnu::cold]] void vector_constant(const std::array<std::uint8_t, 16>& bytes) {
        std::uint64_t words[2] = {};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            words[i / 8] |= std::uint64_t{bytes[i]} << (i % 8 * 8);
        }
        push(constant_code::push_vector, words[0], words[1], 2);
    }
    [[gnu::cold]] void global_get(std::uint32_t global) {
        push(constant_code::global_get, global, 0, module_->globals[global].type.type.slots());
    }
    void ref_null(wasm::heap_type) { push(constant_code::push, 0, 0, 1); }
    void ref_func(std::uint32_t function) { push(constant_code::ref_func, function, 0, 1); }
    [[gnu::cold]] void numeric(wasm::opcode op) {
        using wasm::opcode;
        switch (op) {
        case opcode::i32_add: combine(constant_code::i32_add); break;
        case opcode::i32_sub: combine(constant_code::i32_sub); break;
        case opcode::i32_mul: combine(constant_code::i32_mul); break;
        case opcode::i64_add: combine(constant_code::i64_add); break;
        case opcode::i64_sub: combine(constant_code::i64_sub); break;
        case opcode::i64_mul: combine(constant_code::i64_mul); break;
        default: refuse(op);
        }
    }
    void ref_i31() { refuse(wasm::opcode::ref_i31); }
    void struct_new(wasm::opcode op, std::uint32_t) { refuse(op); }
    void array_new(wasm::opcode op, std::uint32_t) { refuse(op); }
    void array_new_fixed(std::uint32_t, std::uint32_t) { refuse(wasm::opcode::array_new_fixed); }
    void convert_reference(wasm::opcode op) { refuse(op); }

private:
    [[nodiscard, gnu::cold]] bool make_room() noexcept {
        std::size_t items = 0;
        for (const wasm::element_segment& segment : module_->elements) {
            items += segment.expressions.size();
        }
        return out_->globals.try_reserve(module_->globals.size() - module_->imported_globals) &&
               out_->tables.try_reserve(module_->tables.size() - module_->imported_tables) &&
               out_->element_offsets.try_reserve(module_->elements.size()) &&
               out_->first_item.try_reserve(module_->elements.size()) && out_->element_items.try_reserve(items) &&
               out_->data_offsets.try_reserve(module_->data.size());
    }

    [[nodiscard, gnu::noinline]] constant_range compile(const wasm::constant_expression& expression,
                                                        wasm::value_type type, std::uint32_t visible_globals) {
        const auto begin = static_cast<std::uint32_t>(out_->code.size());
        height_ = 0;
        ok_ = ok_ && parser_.parse_constant_expression(expression.bytes, type, visible_globals, *this);
        return {begin, static_cast<std::uint32_t>(out_->code.size()) - begin};
    }

    [[gnu::cold]] void push(constant_code code, std::uint64_t low, std::uint64_t high, std::uint32_t slots) {
        add({code, low, high});
        height_ += slots;
        out_->stack_slots = greater(out_->stack_slots, height_);
    }
    [[gnu::cold]] void combine(constant_code code) {
        add({code, 0, 0});
        --height_;
    }
    void add(const constant_instruction& instruction) {
        ok_ = diagnostics_->require_memory(out_->code.try_push_back(instruction)) && ok_;
    }
    void refuse(wasm::opcode op) { push(constant_code::unsupported, static_cast<std::uint64_t>(op), 0, 1); }

    const wasm::module_info* module_;
    module_constants* out_;
    wasm::diagnostics* diagnostics_;
    wasm::function_parser<constant_compiler> parser_;
    std::uint32_t height_ = 0; ///< of the operand stack, in slots; no less than it really is
    bool ok_ = true;
};

} // namespace riser::inline v0_1::core::runtime
