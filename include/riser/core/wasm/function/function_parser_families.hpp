#pragma once

#include "riser/core/wasm/function/function_parser.hpp"

#include <array>
#include <cstdint>

// The rest of function_parser: the less common operators, by family.

namespace riser::inline v0_1::core::wasm {

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::control_operator(opcode op) {
    switch (op) {
    case opcode::nop: return report(&Sink::nop);
    case opcode::br_on_null: return report(&Sink::br_on_null, branch_on_null());
    case opcode::br_on_non_null: return report(&Sink::br_on_non_null, branch_on_non_null());
    case opcode::else_:
        if (const finished_arm arm = begin_else(); arm.reported) {
            sink_->else_(arm.falls_through);
        }
        return;
    case opcode::br_table: report(&Sink::br_table, branch_table()); break;
    case opcode::return_:
        return_values();
        report(&Sink::return_);
        break;
    default: report(&Sink::unreachable); break;
    }
    set_unreachable();
}

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::call_operator(opcode op) {
    callee target;
    switch (op) {
    case opcode::call_indirect:
        target = call_indirect();
        return report(&Sink::call_indirect, target.index, target.table);
    case opcode::call_ref: return report(&Sink::call_ref, call_reference());
    case opcode::return_call: report(&Sink::return_call, tail_call()); break;
    case opcode::return_call_indirect:
        target = tail_call_indirect();
        report(&Sink::return_call_indirect, target.index, target.table);
        break;
    default: report(&Sink::return_call_ref, tail_call_reference()); break;
    }
    set_unreachable();
}

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::exception_operator(opcode op) {
    switch (op) {
    case opcode::try_: return report_block(op);
    case opcode::try_table: {
        const typed_block block = read_block_type();
        const auto clauses = read_catch_clauses();
        return report(&Sink::try_table, begin_block(op, block), clauses);
    }
    case opcode::catch_: {
        const std::uint32_t tag = read_tag();
        if (const finished_arm arm = begin_catch(opcode::catch_, values_of_tag(tag)); arm.reported) {
            sink_->catch_(tag, arm.falls_through);
        }
        return;
    }
    case opcode::catch_all:
        if (const finished_arm arm = begin_catch(opcode::catch_all, {}); arm.reported) {
            sink_->catch_all(arm.falls_through);
        }
        return;
    case opcode::delegate: {
        std::uint32_t depth = 0;
        block_end end;
        if (end_with_delegate(depth, end)) {
            sink_->delegate(depth, end);
        }
        return;
    }
    case opcode::throw_: report(&Sink::throw_, throw_tag()); break;
    case opcode::throw_ref:
        pop(value_type::reference(heap_type::exn, true));
        report(&Sink::throw_ref);
        break;
    default: report(&Sink::rethrow, rethrow()); break;
    }
    set_unreachable();
}

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::reference_operator(opcode op) {
    switch (op) {
    case opcode::ref_null: return report(&Sink::ref_null, null_operands());
    case opcode::ref_is_null: is_null_operands(); return report(&Sink::ref_is_null);
    case opcode::ref_func: return report(&Sink::ref_func, function_reference(true));
    case opcode::ref_eq: equality_operands(); return report(&Sink::ref_eq);
    case opcode::ref_as_non_null: as_non_null_operands(); return report(&Sink::ref_as_non_null);
    case opcode::select_t: return report(&Sink::select, select_typed());
    case opcode::memory_size: return report(&Sink::memory_size, memory_size_operands());
    case opcode::memory_grow: return report(&Sink::memory_grow, memory_grow_operands());
    case opcode::table_get: return report(&Sink::table_get, table_get_operands());
    default: return report(&Sink::table_set, table_set_operands());
    }
}

template <class Sink>
[[gnu::noinline]] void function_parser<Sink>::prefixed_operator(std::uint8_t prefix) {
    const std::uint32_t code = reader_.read_u32_leb();
    const opcode op = decode_opcode(prefix, code);
    if (op == no_opcode) {
        return illegal_opcode(prefix, code);
    }
    switch (prefix) {
    case 0xfb: return structure_operator(op);
    case 0xfc: return bulk_operator(op);
    case 0xfd: return vector_operator(op);
    default: return atomic_operator(op);
    }
}

/// Structures, i31, casts and conversions; arrays go on to array_operator.
template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::structure_operator(opcode op) {
    index_pair path;
    switch (op) {
    case opcode::struct_new:
    case opcode::struct_new_default:
        return report(&Sink::struct_new, op, new_structure(op == opcode::struct_new_default));
    case opcode::struct_get:
    case opcode::struct_get_s:
    case opcode::struct_get_u:
        path = get_field(op != opcode::struct_get);
        return report(&Sink::struct_get, op, path.first, path.second);
    case opcode::struct_set: path = set_field(); return report(&Sink::struct_set, path.first, path.second);
    case opcode::ref_test:
    case opcode::ref_test_null: {
        const value_type target = cast_operand(op == opcode::ref_test_null);
        push(i32);
        return report(&Sink::ref_test, target);
    }
    case opcode::ref_cast:
    case opcode::ref_cast_null: {
        const value_type target = cast_operand(op == opcode::ref_cast_null);
        push(target);
        return report(&Sink::ref_cast, target);
    }
    case opcode::br_on_cast:
    case opcode::br_on_cast_fail: {
        const branch_cast cast = branch_on_cast(op == opcode::br_on_cast_fail);
        return report(&Sink::br_on_cast, op, cast.depth, cast.from, cast.to);
    }
    case opcode::any_convert_extern:
        convert_operand(heap_type::extern_, heap_type::any);
        return report(&Sink::convert_reference, op);
    case opcode::extern_convert_any:
        convert_operand(heap_type::any, heap_type::extern_);
        return report(&Sink::convert_reference, op);
    case opcode::ref_i31: i31_new_operands(); return report(&Sink::ref_i31);
    case opcode::i31_get_s:
    case opcode::i31_get_u: i31_get_operands(); return report(&Sink::i31_get, op);
    default: return array_operator(op);
    }
}

template <class Sink>
[[gnu::cold]] void function_parser<Sink>::array_operator(opcode op) {
    index_pair indices;
    switch (op) {
    case opcode::array_new:
    case opcode::array_new_default: return report(&Sink::array_new, op, new_array(op == opcode::array_new_default));
    case opcode::array_get:
    case opcode::array_get_s:
    case opcode::array_get_u: return report(&Sink::array_get, op, get_element(op != opcode::array_get));
    case opcode::array_set: return report(&Sink::array_set, set_element());
    case opcode::array_len: array_length(); return report(&Sink::array_len);
    case opcode::array_fill: return report(&Sink::array_fill, fill_array());
    case opcode::array_copy: indices = copy_array(); return report(&Sink::array_copy, indices.first, indices.second);
    case opcode::array_new_fixed:
        indices = new_fixed_array();
        return report(&Sink::array_new_fixed, indices.first, indices.second);
    case opcode::array_new_data:
    case opcode::array_new_elem:
        indices = new_array_from_segment(op == opcode::array_new_data);
        return report(&Sink::array_new_segment, op, indices.first, indices.second);
    default: // array.init_data, array.init_elem
        indices = init_array_from_segment(op == opcode::array_init_data);
        return report(&Sink::array_init_segment, op, indices.first, indices.second);
    }
}

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::bulk_operator(opcode op) {
    index_pair indices;
    switch (op) {
    case opcode::memory_init:
        indices = memory_init_operands();
        return report(&Sink::memory_init, indices.first, indices.second);
    case opcode::memory_copy:
        indices = memory_copy_operands();
        return report(&Sink::memory_copy, indices.first, indices.second);
    case opcode::table_init:
        indices = table_init_operands();
        return report(&Sink::table_init, indices.first, indices.second);
    case opcode::table_copy:
        indices = table_copy_operands();
        return report(&Sink::table_copy, indices.first, indices.second);
    case opcode::data_drop: return report(&Sink::data_drop, read_data_segment());
    case opcode::elem_drop: return report(&Sink::elem_drop, drop_element_segment());
    case opcode::memory_fill: return report(&Sink::memory_fill, memory_fill_operands());
    case opcode::table_grow: return report(&Sink::table_grow, table_grow_operands());
    case opcode::table_size: return report(&Sink::table_size, table_size_operands());
    case opcode::table_fill: return report(&Sink::table_fill, table_fill_operands());
    default: return report_numeric(op); // conversions, wide arithmetic
    }
}

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::vector_operator(opcode op) {
    const opcode_info& row = info(op);
    switch (row.immediate) {
    case immediate_kind::memarg:
        return row.result_count != 0 ? report(&Sink::load, op, access_operands(op))
                                     : report(&Sink::store, op, access_operands(op));
    case immediate_kind::memarg_lane: {
        std::uint8_t lane = 0;
        const memory_argument argument = access_operands(op, &lane);
        return row.result_count != 0 ? report(&Sink::load_lane, op, argument, lane)
                                     : report(&Sink::store_lane, op, argument, lane);
    }
    case immediate_kind::lane: {
        const std::uint8_t lane = read_lane(op);
        apply_slowly(op, bottom);
        return report(&Sink::vector_lane, op, lane);
    }
    case immediate_kind::lanes: return report(&Sink::vector_shuffle, read_shuffle());
    case immediate_kind::v128_value: return report(&Sink::vector_constant, read_vector_constant());
    default: return report_numeric(op);
    }
}

template <class Sink>
[[gnu::cold, gnu::noinline]] void function_parser<Sink>::atomic_operator(opcode op) {
    if (op == opcode::atomic_fence) {
        read_fence();
        return report(&Sink::atomic_fence);
    }
    report(&Sink::atomic, op, atomic_operands(op));
}

/// What a constant expression may hold. Goes on to none of the families: those who only read constants compile none.
template <class Sink>
[[gnu::cold]] void function_parser<Sink>::constant_operator(opcode op, std::uint32_t visible_globals) {
    switch (op) {
    case opcode::i32_const: return report(&Sink::constant, i32, read_constant(i32));
    case opcode::i64_const: return report(&Sink::constant, i64, read_constant(i64));
    case opcode::f32_const: return report(&Sink::constant, f32, read_constant(f32));
    case opcode::f64_const: return report(&Sink::constant, f64, read_constant(f64));
    case opcode::v128_const: return report(&Sink::vector_constant, read_vector_constant());
    case opcode::i32_add:
    case opcode::i32_sub:
    case opcode::i32_mul:
    case opcode::i64_add:
    case opcode::i64_sub:
    case opcode::i64_mul: return report_numeric(op);
    case opcode::global_get: return report(&Sink::global_get, get_constant_global(visible_globals));
    case opcode::ref_null: return report(&Sink::ref_null, null_operands());
    case opcode::ref_func: return report(&Sink::ref_func, function_reference(false));
    case opcode::struct_new:
    case opcode::struct_new_default:
        return report(&Sink::struct_new, op, new_structure(op == opcode::struct_new_default));
    case opcode::any_convert_extern:
        convert_operand(heap_type::extern_, heap_type::any);
        return report(&Sink::convert_reference, op);
    case opcode::extern_convert_any:
        convert_operand(heap_type::any, heap_type::extern_);
        return report(&Sink::convert_reference, op);
    case opcode::ref_i31: i31_new_operands(); return report(&Sink::ref_i31);
    case opcode::array_new:
    case opcode::array_new_default: return report(&Sink::array_new, op, new_array(op == opcode::array_new_default));
    case opcode::array_new_fixed: {
        const index_pair indices = new_fixed_array();
        return report(&Sink::array_new_fixed, indices.first, indices.second);
    }
    default: return invalid("constant expression required");
    }
}

} // namespace riser::inline v0_1::core::wasm
