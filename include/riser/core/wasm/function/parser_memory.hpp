#pragma once

#include "riser/core/wasm/function/parser_control.hpp"

#include <array>
#include <cstdint>

namespace riser::inline v0_1::core::wasm {

/// Numbers, vectors, memories, tables and their segments (3.4.4 to 3.4.8), and the atomics of the threads proposal.
class memory_operators : public control_operators {
protected:
    using control_operators::control_operators;

    // Numbers and vectors

    [[nodiscard, gnu::noinline]] std::uint64_t read_constant(value_type type) {
        push(type);
        switch (type.what()) {
        case value_type::kind::i32: return static_cast<std::uint32_t>(reader_.read_s32_leb());
        case value_type::kind::i64: return static_cast<std::uint64_t>(reader_.read_s64_leb());
        case value_type::kind::f32: return reader_.read_u32_fixed();
        default: return reader_.read_u64_fixed();
        }
    }

    [[nodiscard, gnu::cold, gnu::noinline]] std::array<std::uint8_t, 16> read_vector_constant() {
        push(v128);
        return read_16_bytes();
    }

    [[nodiscard, gnu::cold, gnu::noinline]] std::array<std::uint8_t, 16> read_shuffle() {
        const std::array<std::uint8_t, 16> lanes = read_16_bytes();
        for (const std::uint8_t lane : lanes) {
            if (lane >= 32) {
                invalid("invalid lane index", lane);
            }
        }
        apply_slowly(opcode::i8x16_shuffle, bottom);
        return lanes;
    }

    [[nodiscard, gnu::noinline]] std::uint8_t read_lane(opcode op) {
        const std::uint8_t lane = reader_.read_u8();
        if (lane >= 16U >> info(op).width_log2) {
            invalid("invalid lane index", lane);
        }
        return lane;
    }

    // Memories

    [[nodiscard]] static value_type address_type(bool is_64) noexcept { return is_64 ? i64 : i32; }

    /// The type of the addresses of a memory that must exist.
    [[nodiscard]] value_type address_of_memory(std::uint32_t memory) {
        if (memory >= module_->memories.size()) [[unlikely]] {
            invalid("unknown memory", memory);
            return i32;
        }
        return address_type(module_->memories[memory].is_64);
    }

    /// Alignment, memory and offset (5.4.6). `address` becomes the type of the memory's addresses.
    [[nodiscard]] memory_argument read_memory_argument(std::uint32_t natural, value_type& address) {
        const std::uint32_t flags = reader_.read_u32_leb();
        memory_argument argument;
        argument.align_log2 = flags & 0x3fU;
        if (flags >= 0x40U) [[unlikely]] {
            if (flags >= 0x80U) {
                malformed("malformed memop flags", flags);
            }
            argument.memory = reader_.read_u32_leb();
        }
        argument.offset = reader_.read_u64_leb();
        address = address_of_memory(argument.memory);
        if (argument.align_log2 > natural) [[unlikely]] {
            invalid("alignment must not be larger than natural");
        }
        if (argument.offset > 0xffff'ffffU && address == i32) [[unlikely]] {
            invalid("offset out of range:", argument.offset);
        }
        return argument;
    }

    [[nodiscard, gnu::noinline]] memory_argument load_operands(std::uint32_t natural, value_type result) {
        value_type address;
        const memory_argument argument = read_memory_argument(natural, address);
        pop(address);
        push(result);
        return argument;
    }
    [[nodiscard, gnu::noinline]] memory_argument store_operands(std::uint32_t natural, value_type value) {
        value_type address;
        const memory_argument argument = read_memory_argument(natural, address);
        pop2(address, value);
        return argument;
    }

    /// Vector and atomic accesses: operands as the table says. A lane follows the memory argument where there is one.
    [[nodiscard, gnu::noinline]] memory_argument access_operands(opcode op, std::uint8_t* lane = nullptr) {
        value_type address;
        const memory_argument argument = read_memory_argument(info(op).width_log2, address);
        if (lane != nullptr) {
            *lane = read_lane(op);
        }
        apply_slowly(op, address);
        return argument;
    }
    [[nodiscard, gnu::cold, gnu::noinline]] memory_argument atomic_operands(opcode op) {
        const memory_argument argument = access_operands(op);
        if (argument.align_log2 != info(op).width_log2) {
            invalid("atomic alignment must be natural");
        }
        return argument;
    }

    [[gnu::noinline]] std::uint32_t read_memory(value_type& address) {
        const std::uint32_t memory = reader_.read_u32_leb();
        address = address_of_memory(memory);
        return memory;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t memory_size_operands() {
        value_type address;
        const std::uint32_t memory = read_memory(address);
        push(address);
        return memory;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t memory_grow_operands() {
        value_type address;
        const std::uint32_t memory = read_memory(address);
        pop(address);
        push(address);
        return memory;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t memory_fill_operands() {
        value_type address;
        const std::uint32_t memory = read_memory(address);
        pop3(address, i32, address);
        return memory;
    }

    /// Two indices of one operator, in the order of the binary format.
    struct index_pair {
        std::uint32_t first = 0;
        std::uint32_t second = 0;
    };

    /// A size that is valid on both sides has the smaller of two address types.
    [[nodiscard]] static value_type smaller(value_type a, value_type b) noexcept { return a == i64 ? b : a; }

    [[gnu::cold, gnu::noinline]] index_pair memory_copy_operands() {
        value_type to;
        value_type from;
        index_pair memories;
        memories.first = read_memory(to);
        memories.second = read_memory(from);
        pop3(to, from, smaller(to, from));
        return memories;
    }
    [[gnu::cold, gnu::noinline]] index_pair memory_init_operands() {
        index_pair indices;
        indices.first = reader_.read_u32_leb();
        value_type address;
        indices.second = read_memory(address);
        check_data_segment(indices.first);
        pop3(address, i32, i32);
        return indices;
    }

    /// Data segments come behind the code: their number is known only from the data count section (5.5.16).
    [[gnu::cold, gnu::noinline]] void check_data_segment(std::uint32_t segment) {
        if (!module_->data_count) {
            malformed("data count section required");
        } else if (segment >= *module_->data_count) {
            invalid("unknown data segment", segment);
        }
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t read_data_segment() {
        const std::uint32_t segment = reader_.read_u32_leb();
        check_data_segment(segment);
        return segment;
    }

    // Tables

    [[nodiscard, gnu::noinline]] const table_type& read_table(std::uint32_t& table) {
        static const table_type none;
        table = reader_.read_u32_leb();
        if (table >= module_->tables.size()) [[unlikely]] {
            invalid("unknown table", table);
            return none;
        }
        return module_->tables[table].type;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t table_get_operands() {
        std::uint32_t table = 0;
        const table_type& type = read_table(table);
        pop(address_type(type.is_64));
        push(type.element);
        return table;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t table_set_operands() {
        std::uint32_t table = 0;
        const table_type& type = read_table(table);
        pop2(address_type(type.is_64), type.element);
        return table;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t table_size_operands() {
        std::uint32_t table = 0;
        push(address_type(read_table(table).is_64));
        return table;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t table_grow_operands() {
        std::uint32_t table = 0;
        const table_type& type = read_table(table);
        pop2(type.element, address_type(type.is_64));
        push(address_type(type.is_64));
        return table;
    }
    [[gnu::cold, gnu::noinline]] std::uint32_t table_fill_operands() {
        std::uint32_t table = 0;
        const table_type& type = read_table(table);
        pop3(address_type(type.is_64), type.element, address_type(type.is_64));
        return table;
    }
    [[gnu::cold, gnu::noinline]] index_pair table_copy_operands() {
        index_pair tables;
        const table_type& to = read_table(tables.first);
        const table_type& from = read_table(tables.second);
        if (!is_subtype(*module_, from.element, to.element)) {
            mismatch("destination requires elements of", to.element, "but source has", from.element);
        }
        const value_type to_address = address_type(to.is_64);
        const value_type from_address = address_type(from.is_64);
        pop3(to_address, from_address, smaller(to_address, from_address));
        return tables;
    }
    [[gnu::cold, gnu::noinline]] index_pair table_init_operands() {
        index_pair indices;
        indices.first = reader_.read_u32_leb();
        const table_type& table = read_table(indices.second);
        const value_type items = type_of_element_segment(indices.first);
        if (!is_subtype(*module_, items, table.element)) {
            mismatch("table requires elements of", table.element, "but segment has", items);
        }
        pop3(address_type(table.is_64), i32, i32);
        return indices;
    }

    [[nodiscard, gnu::cold, gnu::noinline]] value_type type_of_element_segment(std::uint32_t segment) {
        if (segment >= module_->elements.size()) {
            invalid("unknown elem segment", segment);
            return bottom;
        }
        return module_->elements[segment].type;
    }
    /// \returns the type of its items.
    [[gnu::cold, gnu::noinline]] value_type read_element_segment(std::uint32_t& segment) {
        segment = reader_.read_u32_leb();
        return type_of_element_segment(segment);
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t drop_element_segment() {
        std::uint32_t segment = 0;
        static_cast<void>(read_element_segment(segment));
        return segment;
    }

    [[gnu::cold, gnu::noinline]] void read_fence() {
        if (reader_.read_u8() != 0) {
            malformed("zero byte expected");
        }
    }

private:
    [[nodiscard, gnu::noinline]] std::array<std::uint8_t, 16> read_16_bytes() {
        std::array<std::uint8_t, 16> result{};
        const auto bytes = reader_.read_bytes(result.size());
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            result[i] = std::to_integer<std::uint8_t>(bytes[i]);
        }
        return result;
    }
};

} // namespace riser::inline v0_1::core::wasm
