#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/function/sink.hpp"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

namespace riser::inline v0_1::core::wasm {

/// A sink that writes down the reachable operators of a function: name, immediates, nesting, for people to read.
class operator_listing {
public:
    struct line {
        std::uint32_t offset = 0; ///< in bytes from the module's start
        std::uint32_t depth = 0;  ///< open blocks
        std::string text;
    };
    vector<line> lines;

    explicit operator_listing(std::span<const std::byte> module_bytes) noexcept : bytes_(module_bytes) {}

    void begin_function(parser_view& parser, const function_header&) noexcept { parser_ = &parser; }
    void end_function(const function_summary&) noexcept { parser_ = nullptr; }

    void unreachable() { add(); }
    void nop() { add(); }
    void block(const block_signature&) { open(); }
    void loop(const block_signature&) { open(); }
    void if_(const block_signature&) { open(); }
    void else_(bool) { middle(); }
    void end(const block_end&) { close(); }
    void br(std::uint32_t depth) { add(depth); }
    void br_if(std::uint32_t depth) { add(depth); }
    void br_table(std::span<const std::uint32_t> depths) {
        add();
        for (const std::uint32_t depth : depths) {
            append(depth);
        }
    }
    void return_() { add(); }
    void br_on_null(std::uint32_t depth) { add(depth); }
    void br_on_non_null(std::uint32_t depth) { add(depth); }
    void br_on_cast(opcode, std::uint32_t depth, value_type from, value_type to) { add(depth, from, to); }
    void call(std::uint32_t function) { add(function); }
    void call_indirect(std::uint32_t type, std::uint32_t table) { add(type, table); }
    void call_ref(std::uint32_t type) { add(type); }
    void return_call(std::uint32_t function) { add(function); }
    void return_call_indirect(std::uint32_t type, std::uint32_t table) { add(type, table); }
    void return_call_ref(std::uint32_t type) { add(type); }

    void try_table(const block_signature&, std::span<const catch_clause>) { open(); }
    void throw_(std::uint32_t tag) { add(tag); }
    void throw_ref() { add(); }
    void try_(const block_signature&) { open(); }
    void catch_(std::uint32_t tag, bool) { middle(), append(tag); }
    void catch_all(bool) { middle(); }
    void delegate(std::uint32_t depth, const block_end&) { close(), append(depth); }
    void rethrow(std::uint32_t depth) { add(depth); }

    void drop(value_type) { add(); }
    void select(value_type) { add(); }
    void local_get(const local_place& local) { add(local.index); }
    void local_set(const local_place& local) { add(local.index); }
    void local_tee(const local_place& local) { add(local.index); }
    void global_get(std::uint32_t global) { add(global); }
    void global_set(std::uint32_t global) { add(global); }

    void constant(value_type type, std::uint64_t bits) {
        if (type == i32) {
            add(static_cast<std::int32_t>(bits));
        } else if (type == i64) {
            add(static_cast<std::int64_t>(bits));
        } else {
            add(type == f32 ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                            : std::bit_cast<double>(bits));
        }
    }
    void vector_constant(const std::array<std::uint8_t, 16>&) { add(); }
    void numeric(opcode) { add(); }
    void vector_lane(opcode, std::uint8_t lane) { add(lane); }
    void vector_shuffle(const std::array<std::uint8_t, 16>&) { add(); }

    void load(opcode, const memory_argument& argument) { add(argument); }
    void store(opcode, const memory_argument& argument) { add(argument); }
    void load_lane(opcode, const memory_argument& argument, std::uint8_t lane) { add(argument, lane); }
    void store_lane(opcode, const memory_argument& argument, std::uint8_t lane) { add(argument, lane); }
    void atomic(opcode, const memory_argument& argument) { add(argument); }
    void atomic_fence() { add(); }
    void memory_size(std::uint32_t memory) { add(memory); }
    void memory_grow(std::uint32_t memory) { add(memory); }
    void memory_fill(std::uint32_t memory) { add(memory); }
    void memory_copy(std::uint32_t to, std::uint32_t from) { add(to, from); }
    void memory_init(std::uint32_t data, std::uint32_t memory) { add(data, memory); }
    void data_drop(std::uint32_t data) { add(data); }

    void table_get(std::uint32_t table) { add(table); }
    void table_set(std::uint32_t table) { add(table); }
    void table_size(std::uint32_t table) { add(table); }
    void table_grow(std::uint32_t table) { add(table); }
    void table_fill(std::uint32_t table) { add(table); }
    void table_copy(std::uint32_t to, std::uint32_t from) { add(to, from); }
    void table_init(std::uint32_t element, std::uint32_t table) { add(element, table); }
    void elem_drop(std::uint32_t element) { add(element); }

    void ref_null(heap_type type) { add(type); }
    void ref_is_null() { add(); }
    void ref_func(std::uint32_t function) { add(function); }
    void ref_as_non_null() { add(); }
    void ref_eq() { add(); }
    void ref_i31() { add(); }
    void i31_get(opcode) { add(); }
    void ref_test(value_type type) { add(type); }
    void ref_cast(value_type type) { add(type); }
    void convert_reference(opcode) { add(); }

    void struct_new(opcode, std::uint32_t type) { add(type); }
    void struct_get(opcode, std::uint32_t type, std::uint32_t field) { add(type, field); }
    void struct_set(std::uint32_t type, std::uint32_t field) { add(type, field); }
    void array_new(opcode, std::uint32_t type) { add(type); }
    void array_new_fixed(std::uint32_t type, std::uint32_t length) { add(type, length); }
    void array_new_segment(opcode, std::uint32_t type, std::uint32_t segment) { add(type, segment); }
    void array_get(opcode, std::uint32_t type) { add(type); }
    void array_set(std::uint32_t type) { add(type); }
    void array_len() { add(); }
    void array_fill(std::uint32_t type) { add(type); }
    void array_copy(std::uint32_t to, std::uint32_t from) { add(to, from); }
    void array_init_segment(opcode, std::uint32_t type, std::uint32_t segment) { add(type, segment); }

private:
    /// The operator's name is looked up by its code in the bytes: events of several operators need not tell them apart.
    [[nodiscard]] opcode current() const {
        const std::uint32_t at = parser_->offset();
        const auto first = static_cast<std::uint8_t>(bytes_[at]);
        if (!is_opcode_prefix(first)) {
            return decode_opcode(0, first);
        }
        std::uint32_t code = 0;
        for (std::uint32_t i = at + 1, shift = 0; shift < 35; ++i, shift += 7) {
            const auto byte = static_cast<std::uint8_t>(bytes_[i]);
            code |= (byte & 0x7fU) << shift;
            if ((byte & 0x80U) == 0) {
                break;
            }
        }
        return decode_opcode(first, code);
    }

    template <class... Immediates>
    void add(const Immediates&... immediates) {
        lines.push_back({parser_->offset(), depth_, std::string(name(current()))});
        (append(immediates), ...);
    }
    void open() {
        add();
        ++depth_;
    }
    void middle() {
        add();
        --lines.back().depth;
    }
    void close() {
        --depth_;
        add();
    }

    template <class T>
    void append(T number)
        requires std::is_arithmetic_v<T>
    {
        lines.back().text += ' ' + std::to_string(number);
    }
    void append(value_type type) { lines.back().text += ' ' + to_string(type); }
    void append(heap_type type) { lines.back().text += ' ' + to_string(type); }
    void append(const memory_argument& argument) {
        if (argument.memory != 0) {
            append(argument.memory);
        }
        if (argument.offset != 0) {
            lines.back().text += " offset=" + std::to_string(argument.offset);
        }
    }

    std::span<const std::byte> bytes_;
    const parser_view* parser_ = nullptr;
    std::uint32_t depth_ = 1;
};

} // namespace riser::inline v0_1::core::wasm
