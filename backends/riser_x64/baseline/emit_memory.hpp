#pragma once

#include "riser_x64/baseline/emit_floats.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace riser::inline v0_1::x64 {

using core::wasm::memory_argument;

/// Operators on memories, tables, globals and references (3.4.3 to 3.4.6). Accesses compare with the memory's size in either mode.
class memory_emitter : public float_emitter {
public:
    void load(opcode op, const memory_argument& argument) {
        using enum opcode;
        switch (op) {
        case i32_load: return load_as(kind::i32, 4, argument, [&](reg r, auto m) { w.load(width::w32, as_gpr(r), m); });
        case i64_load: return load_as(kind::i64, 8, argument, [&](reg r, auto m) { w.load(width::w64, as_gpr(r), m); });
        case f32_load: return load_as(kind::f32, 4, argument, [&](reg r, auto m) { w.load(width::w32, as_xmm(r), m); });
        case f64_load: return load_as(kind::f64, 8, argument, [&](reg r, auto m) { w.load(width::w64, as_xmm(r), m); });
        case i32_load8_s:
            return load_as(kind::i32, 1, argument, [&](reg r, auto m) { w.load8_s(width::w32, as_gpr(r), m); });
        case i64_load8_s:
            return load_as(kind::i64, 1, argument, [&](reg r, auto m) { w.load8_s(width::w64, as_gpr(r), m); });
        case i32_load16_s:
            return load_as(kind::i32, 2, argument, [&](reg r, auto m) { w.load16_s(width::w32, as_gpr(r), m); });
        case i64_load16_s:
            return load_as(kind::i64, 2, argument, [&](reg r, auto m) { w.load16_s(width::w64, as_gpr(r), m); });
        case i64_load32_s: return load_as(kind::i64, 4, argument, [&](reg r, auto m) { w.load32_s(as_gpr(r), m); });
        case i32_load8_u: return load_as(kind::i32, 1, argument, [&](reg r, auto m) { w.load8_u(as_gpr(r), m); });
        case i64_load8_u: return load_as(kind::i64, 1, argument, [&](reg r, auto m) { w.load8_u(as_gpr(r), m); });
        case i32_load16_u: return load_as(kind::i32, 2, argument, [&](reg r, auto m) { w.load16_u(as_gpr(r), m); });
        case i64_load16_u: return load_as(kind::i64, 2, argument, [&](reg r, auto m) { w.load16_u(as_gpr(r), m); });
        case i64_load32_u:
            return load_as(kind::i64, 4, argument, [&](reg r, auto m) { w.load(width::w32, as_gpr(r), m); });
        default: return refuse(core::wasm::name(op));
        }
    }

    void store(opcode op, const memory_argument& argument) {
        using enum opcode;
        switch (op) {
        case i32_store: return store_integer<form::mov_mr, form::mov_mk>(width::w32, 4, argument);
        case i64_store: return store_integer<form::mov_mr, form::mov_mk>(width::w64, 8, argument);
        case i64_store32: return store_integer<form::mov_mr, form::mov_mk>(width::w32, 4, argument);
        case i32_store16:
        case i64_store16: return store_from_register(2, argument, [&](reg r, auto m) { w.store16(m, as_gpr(r)); });
        case i32_store8:
        case i64_store8: return store_from_register(1, argument, [&](reg r, auto m) { w.store8(m, as_gpr(r)); });
        case f32_store:
            return store_from_register(4, argument, [&](reg r, auto m) { w.store(width::w32, m, as_xmm(r)); });
        case f64_store:
            return store_from_register(8, argument, [&](reg r, auto m) { w.store(width::w64, m, as_xmm(r)); });
        default: return refuse(core::wasm::name(op));
        }
    }

    void memory_size(std::uint32_t memory) {
        const core::wasm::memory_type& type = module().memories[memory];
        if (memory != 0 || type.is_shared) { // what the context has may be an earlier size
            operate(native_operation::memory_size, 0, memory, 0);
            return push_slot(address_kind(type.is_64));
        }
        const kind result = address_kind(type.is_64);
        const destination to = target_for(result, nullptr, nullptr);
        w.load(width::w64, as_gpr(to.r), at(context_register, native_layout::memory_bytes));
        if (type.page_size_log2 != 0) {
            w.shr(width::w64, as_gpr(to.r), type.page_size_log2);
        }
        push_target(result, to);
    }
    void memory_grow(std::uint32_t memory) {
        operate(native_operation::memory_grow, 1, memory, 0);
        push_slot(address_kind(module().memories[memory].is_64));
    }
    void memory_fill(std::uint32_t memory) { operate(native_operation::memory_fill, 3, memory, 0); }
    void memory_copy(std::uint32_t to, std::uint32_t from) { operate(native_operation::memory_copy, 3, to, from); }
    void memory_init(std::uint32_t data, std::uint32_t memory) {
        operate(native_operation::memory_init, 3, data, memory);
    }
    void data_drop(std::uint32_t data) { operate(native_operation::data_drop, 0, data, 0); }

    void table_get(std::uint32_t table) {
        operate(native_operation::table_get, 1, table, 0);
        push_slot(kind::ref);
    }
    void table_set(std::uint32_t table) { operate(native_operation::table_set, 2, table, 0); }
    void table_size(std::uint32_t table) {
        operate(native_operation::table_size, 0, table, 0);
        push_slot(address_kind(module().tables[table].type.is_64));
    }
    void table_grow(std::uint32_t table) {
        operate(native_operation::table_grow, 2, table, 0);
        push_slot(address_kind(module().tables[table].type.is_64));
    }
    void table_fill(std::uint32_t table) { operate(native_operation::table_fill, 3, table, 0); }
    void table_copy(std::uint32_t to, std::uint32_t from) { operate(native_operation::table_copy, 3, to, from); }
    void table_init(std::uint32_t element, std::uint32_t table) {
        operate(native_operation::table_init, 3, element, table);
    }
    void elem_drop(std::uint32_t element) { operate(native_operation::elem_drop, 0, element, 0); }

    void global_get(std::uint32_t global) {
        const kind type = type_of_global(global);
        if (type == kind::v128) {
            return refuse("v128");
        }
        const destination to = target_for(type, nullptr, nullptr);
        load_from(address_of_global(global), to.r, type);
        push_target(type, to);
    }
    void global_set(std::uint32_t global) {
        if (type_of_global(global) == kind::v128) {
            return refuse("v128");
        }
        const value v = pop();
        const reg r = in_register(v);
        store_to(address_of_global(global), r);
        done();
    }

    void ref_null(core::wasm::heap_type) { push_constant(kind::ref, 0); }
    void ref_is_null() {
        const gpr r = in_gpr(pop());
        w.test(width::w64, r, r);
        push_condition(condition::equal);
    }
    void ref_func(std::uint32_t function) {
        operate(native_operation::ref_func, 0, function, 0);
        push_slot(kind::ref);
    }
    void ref_as_non_null() {
        const reg r = in_temporary(pop());
        w.test(width::w64, as_gpr(r), as_gpr(r));
        trap_if(condition::equal, trap_kind::null_reference);
        push_register(kind::ref, r);
        done();
    }

    /// Wide arithmetic (the wide-arithmetic proposal).
    [[nodiscard]] bool emit_wide(opcode op) {
        using enum opcode;
        switch (op) {
        case i64_add128: return operate_wide(native_operation::i64_add128, 4);
        case i64_sub128: return operate_wide(native_operation::i64_sub128, 4);
        case i64_mul_wide_s: return operate_wide(native_operation::i64_mul_wide_s, 2);
        case i64_mul_wide_u: return operate_wide(native_operation::i64_mul_wide_u, 2);
        default: return false;
        }
    }

protected:
    using float_emitter::float_emitter;

    /// What has been found in bounds: of each of some locals, all that lies less than `end` bytes behind the address in it.
    /// Memories never shrink.
    struct known_bounds {
        static constexpr std::uint32_t most = 8;

        std::array<std::uint32_t, most> locals{};
        std::array<std::uint32_t, most> ends{}; ///< 0: there is none
        std::uint32_t next = 0;

        [[nodiscard]] std::uint32_t end_of(std::uint32_t local) const noexcept {
            std::uint32_t end = 0;
            for (std::uint32_t i = 0; i < most; ++i) {
                end |= locals[i] == local ? ends[i] : 0; // one at most
            }
            return end;
        }
        /// Ends beyond 32 bits are not remembered.
        void note(std::uint32_t local, std::uint64_t end) noexcept {
            if (end > UINT32_MAX) {
                return;
            }
            const auto found = static_cast<std::uint32_t>(end);
            for (std::uint32_t i = 0; i < most; ++i) {
                if (locals[i] == local && ends[i] != 0) {
                    ends[i] = ends[i] < found ? found : ends[i];
                    return;
                }
            }
            locals[next] = local;
            ends[next] = found;
            next = (next + 1) % most;
        }
        /// The local changes.
        void forget(std::uint32_t local) noexcept {
            for (std::uint32_t i = 0; i < most; ++i) {
                ends[i] = locals[i] == local ? 0 : ends[i];
            }
        }
        /// What is known on another way here, too.
        void intersect(const known_bounds& other) noexcept {
            for (std::uint32_t i = 0; i < most; ++i) {
                if (ends[i] != 0) {
                    const std::uint32_t end = other.end_of(locals[i]);
                    ends[i] = end < ends[i] ? end : ends[i];
                }
            }
        }
    };
    known_bounds known_;

private:
    /// Where an access goes, when it has been found in bounds.
    struct access {
        gpr base = memory_register;
        reg index = no_reg;
        std::int32_t displacement = 0;
    };
    template <class Emit>
    void with(const access& where, Emit&& emit) {
        if (where.index == no_reg) {
            emit(at(where.base, where.displacement));
        } else {
            emit(at(where.base, as_gpr(where.index), where.displacement));
        }
    }

    [[nodiscard]] static kind address_kind(bool is_64) noexcept { return is_64 ? kind::i64 : kind::i32; }

    template <class Emit>
    void load_as(kind type, std::uint32_t bytes, const memory_argument& argument, Emit&& emit) {
        const value v = pop();
        const bool may_be_known = is_at_local(v, argument) && bytes == known_words::bytes_of(type);
        const auto offset = static_cast<std::uint32_t>(argument.offset);
        if (const value* const known = may_be_known ? words_.find(v.index, offset, type) : nullptr) {
            return push_known(*known);
        }
        const access from = find(v, bytes, argument);
        const destination to = target_over(type, v);
        with(from, [&](auto m) { emit(to.r, m); });
        push_target(type, to);
        if (may_be_known) {
            words_.note(v.index, offset, {value::place::held, type, to.r});
        }
    }

    template <form FromRegister, form FromImmediate>
    void store_integer(width size, std::uint32_t bytes, const memory_argument& argument) {
        if (const value& top = operand(this->size() - 1); fits_immediate(top)) {
            const value v = pop();
            const value address = pop();
            const access to = find(address, bytes, argument);
            with(to, [&](auto m) { w.template write<FromImmediate>(size, m, static_cast<std::int32_t>(v.bits)); });
            note_store(address, bytes, argument, v);
            return done();
        }
        store_from_register(bytes, argument,
                            [&](reg r, auto m) { w.template write<FromRegister>(size, m, as_gpr(r)); });
    }
    template <class Emit>
    void store_from_register(std::uint32_t bytes, const memory_argument& argument, Emit&& emit) {
        const value v = pop();
        const value address = pop();
        const reg r = in_register(v);
        const access to = find(address, bytes, argument);
        with(to, [&](auto m) { emit(r, m); });
        note_store(address, bytes, argument, {value::place::held, v.type, r});
        done();
    }

    /// Whether the access is one that known_words can tell from others. Values of shared memories are not remembered.
    [[nodiscard]] bool is_at_local(const value& address, const memory_argument& argument) const noexcept {
        const core::wasm::memory_type& type = module().memories[argument.memory];
        return address.where == value::place::local && argument.memory == 0 && !type.is_64 && !type.is_shared &&
               argument.offset <= most_displacement;
    }
    /// \param v a constant, or in a register
    void note_store(const value& address, std::uint32_t bytes, const memory_argument& argument,
                    const value& v) noexcept {
        if (!is_at_local(address, argument)) {
            return words_.clear();
        }
        const auto offset = static_cast<std::uint32_t>(argument.offset);
        words_.note_store(address.index, offset, bytes);
        if (bytes == known_words::bytes_of(v.type)) {
            words_.note(address.index, offset, v);
        }
    }

    /// Compares the end of an access with the memory's size, unless that is known. The scratch register is part of the access then.
    [[nodiscard]] access find(const value& v, std::uint32_t bytes, const memory_argument& argument) {
        const core::wasm::memory_type& type = module().memories[argument.memory];
        const std::uint64_t end = argument.offset + bytes;
        const bool is_usual = argument.memory == 0 && !type.is_64;
        if (is_usual && v.is_constant()) {
            const std::uint64_t first = std::uint64_t{static_cast<std::uint32_t>(v.bits)} + argument.offset;
            if (first <= most_displacement && first + bytes <= type.limits.min << type.page_size_log2) {
                return {memory_register, no_reg, static_cast<std::int32_t>(first)};
            }
        }
        if (!is_usual || argument.offset > most_displacement) {
            return find_anywhere(v, bytes, argument, type);
        }
        const reg index = in_register(v);
        if (v.where != value::place::local || known_.end_of(v.index) < end) {
            const label comparison = begin_comparison(type);
            if (end == 1) {
                w.cmp(width::w64, as_gpr(index), at(context_register, native_layout::memory_bytes));
                trap_access_if(condition::above_equal, index, comparison);
            } else if (const auto* const room =
                           std::ranges::find(core::runtime::native_room_ends, static_cast<std::int64_t>(end));
                       room != std::end(core::runtime::native_room_ends) && !type.is_shared) {
                const auto which = static_cast<std::size_t>(room - core::runtime::native_room_ends);
                w.cmp(width::w64, as_gpr(index),
                      at(context_register, static_cast<std::int32_t>(native_layout::memory_room_at(which))));
                trap_access_if(condition::greater, index); // of 64 signed bits: there may be less than none
            } else {
                w.lea(width::w64, scratch, at(as_gpr(index), static_cast<std::int32_t>(end)));
                w.cmp(width::w64, scratch, at(context_register, native_layout::memory_bytes));
                trap_access_if(condition::above, index, comparison);
            }
        }
        if (v.where == value::place::local) {
            known_.note(v.index, end);
        }
        return {memory_register, index, static_cast<std::int32_t>(argument.offset)};
    }

    /// Where an access to memory 0 is compared with the size in the context: bound where that may be an earlier one.
    [[nodiscard]] label begin_comparison(const core::wasm::memory_type& type) {
        label here;
        if (type.is_shared) {
            w.bind(here);
        }
        return here;
    }

    /// A memory that is not in registers, 64-bit addresses, whose sums may wrap, or an offset that instructions do not take.
    [[nodiscard]] access find_anywhere(const value& v, std::uint32_t bytes, const memory_argument& argument,
                                       const core::wasm::memory_type& type) {
        const std::uint64_t end = argument.offset + bytes;
        const reg index = in_register(v);
        if (end < argument.offset) { // beyond all memories
            trap_always(trap_kind::memory_out_of_bounds, index);
            return {};
        }
        gpr base = memory_register;
        address size = at(context_register, native_layout::memory_bytes);
        label comparison;
        if (argument.memory == 0) {
            comparison = begin_comparison(type);
        } else {
            base = take_gpr();
            w.load(width::w64, base, at(context_register, native_layout::instance));
            w.load(width::w64, base, at(base, native_layout::memories));
            w.load(width::w64, base, at(base, static_cast<std::int32_t>(argument.memory * sizeof(void*))));
            size = at(base, native_layout::other_memory_bytes);
        }
        w.mov_constant(width::w64, scratch, static_cast<std::int64_t>(end));
        w.add(width::w64, scratch, as_gpr(index));
        if (type.is_64) {
            trap_access_if(condition::below, index, comparison);
        }
        w.cmp(width::w64, scratch, size);
        trap_access_if(condition::above, index, comparison);
        if (argument.memory != 0) {
            w.load(width::w64, base, at(base, native_layout::other_memory_base));
        }
        return {base, id(scratch), -static_cast<std::int32_t>(bytes)};
    }

    [[nodiscard]] kind type_of_global(std::uint32_t global) const noexcept {
        return module().globals[global].type.type.what();
    }
    /// Loads what leads there into the scratch register.
    [[nodiscard]] address address_of_global(std::uint32_t global) {
        constexpr auto word = static_cast<std::int32_t>(sizeof(core::runtime::slot));
        if (global >= module().imported_globals) {
            w.load(width::w64, scratch, at(context_register, native_layout::globals));
            const auto index = static_cast<std::int32_t>(global - module().imported_globals);
            return at(scratch, index * static_cast<std::int32_t>(core::runtime::slots_per_global) * word);
        }
        w.load(width::w64, scratch, at(context_register, native_layout::instance));
        w.load(width::w64, scratch, at(scratch, native_layout::imported_globals));
        w.load(width::w64, scratch, at(scratch, static_cast<std::int32_t>(global) * word));
        return at(scratch);
    }

    bool operate_wide(native_operation operation, std::uint32_t operands) {
        operate(operation, operands, 0, 0);
        push_slot(kind::i64);
        push_slot(kind::i64);
        return true;
    }

    static constexpr std::uint64_t most_displacement = std::numeric_limits<std::int32_t>::max() - 16;
};

} // namespace riser::inline v0_1::x64
