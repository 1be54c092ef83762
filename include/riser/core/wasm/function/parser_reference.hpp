#pragma once

#include "riser/core/wasm/function/parser_memory.hpp"

#include <cstdint>
#include <string>

namespace riser::inline v0_1::core::wasm {

/// References, casts, structures, arrays and i31 (3.4.9 to 3.4.13).
class reference_operators : public memory_operators {
protected:
    using memory_operators::memory_operators;

    // References

    [[nodiscard, gnu::cold, gnu::noinline]] heap_type read_heap() {
        const heap_type heap = read_heap_type(reader_, *module_);
        stop_on_error();
        return heap;
    }

    [[gnu::cold, gnu::noinline]] heap_type null_operands() {
        const heap_type heap = read_heap();
        push(value_type::reference(heap, true));
        return heap;
    }

    [[gnu::cold, gnu::noinline]] void is_null_operands() {
        static_cast<void>(pop_reference());
        push(i32);
    }

    [[gnu::cold, gnu::noinline]] void as_non_null_operands() { push(pop_reference().non_null()); }

    /// ref.func. In a body the function must be mentioned elsewhere in the module (3.4.15).
    [[gnu::cold, gnu::noinline]] std::uint32_t function_reference(bool must_be_declared) {
        const std::uint32_t function = reader_.read_u32_leb();
        if (function >= module_->functions.size()) {
            invalid("unknown function", function);
            return 0;
        }
        if (must_be_declared && !module_->declared_functions[function]) {
            invalid("undeclared function reference", function);
        }
        push(value_type::reference(heap_type::concrete(module_->functions[function]), false));
        return function;
    }

    [[gnu::cold, gnu::noinline]] void equality_operands() {
        const value_type eqref = value_type::reference(heap_type::eq, true);
        pop2(eqref, eqref);
        push(i32);
    }

    // Casts

    /// The target of ref.test and ref.cast, whose operand may be anything of the same hierarchy.
    [[gnu::cold, gnu::noinline]] value_type cast_operand(bool nullable) {
        const heap_type heap = read_heap();
        if (reader_.ok()) {
            pop(value_type::reference(top_of(*module_, heap), true));
        }
        return value_type::reference(heap, nullable);
    }

    struct branch_cast {
        std::uint32_t depth = 0;
        value_type from;
        value_type to;
    };

    /// br_on_cast takes the branch with `to`, br_on_cast_fail with what remains of `from`.
    [[gnu::cold, gnu::noinline]] branch_cast branch_on_cast(bool on_failure) {
        const std::uint8_t flags = reader_.read_u8();
        if (flags > 3) {
            malformed("malformed br_on_cast flags");
        }
        branch_cast cast;
        cast.depth = read_label();
        cast.from = value_type::reference(read_heap(), (flags & 1U) != 0);
        cast.to = value_type::reference(read_heap(), (flags & 2U) != 0);
        if (!reader_.ok()) {
            return cast;
        }
        if (!is_subtype(*module_, cast.to, cast.from)) {
            mismatch("cast requires", cast.from, "but its target is", cast.to);
            return cast;
        }
        const value_type rest = cast.to.is_nullable() ? cast.from.non_null() : cast.from;
        const value_type carried = on_failure ? rest : cast.to;
        const auto types = branch_to(cast.depth);
        if (types.empty() || !is_subtype(*module_, carried, types.back())) {
            mismatch("instruction requires type", carried, "but label has", types);
            return cast;
        }
        pop(cast.from);
        retype(types.without_last());
        push(on_failure ? cast.to : rest);
        return cast;
    }

    /// any.convert_extern, extern.convert_any: null stays null.
    [[gnu::cold, gnu::noinline]] void convert_operand(heap_type from, heap_type to) {
        const value_type type = pop_reference();
        if (!is_subtype(*module_, type.heap(), from)) {
            stack_mismatch(value_type::reference(from, true), type);
        }
        push(value_type::reference(to, type.is_nullable()));
    }

    [[gnu::cold, gnu::noinline]] void i31_new_operands() {
        pop(i32);
        push(value_type::reference(heap_type::i31, false));
    }
    [[gnu::cold, gnu::noinline]] void i31_get_operands() {
        pop(value_type::reference(heap_type::i31, true));
        push(i32);
    }

    // Structures

    [[nodiscard, gnu::cold, gnu::noinline]] const defined_type& read_structure(std::uint32_t& type) {
        return read_aggregate(defined_type::form::structure, "non-structure type", type);
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t new_structure(bool with_default) {
        std::uint32_t type = 0;
        const defined_type& structure = read_structure(type);
        if (!with_default) {
            pop_each(structure.fields.size(), [&](std::size_t i) { return structure.fields[i].type; });
        } else if (!structure.has_defaults) {
            std::size_t field = 0;
            while (structure.fields[field].type.is_defaultable()) {
                ++field;
            }
            invalid("field type is not defaultable: field", field);
        }
        push(value_type::reference(heap_type::concrete(type), false));
        return type;
    }

    /// struct.get, and struct.get_s and struct.get_u for packed fields.
    [[gnu::cold, gnu::noinline]] index_pair get_field(bool extends) {
        index_pair path;
        const defined_type& structure = read_structure(path.first);
        if (const field_type* field = read_field(structure, path.second)) {
            check_packing(*field, extends, "field is packed", "field is unpacked");
            pop(value_type::reference(heap_type::concrete(path.first), true));
            push(field->type);
        }
        return path;
    }

    [[gnu::cold, gnu::noinline]] index_pair set_field() {
        index_pair path;
        const defined_type& structure = read_structure(path.first);
        if (const field_type* field = read_field(structure, path.second)) {
            if (!field->is_mutable) {
                invalid("immutable field", path.second);
            }
            pop2(value_type::reference(heap_type::concrete(path.first), true), field->type);
        }
        return path;
    }

    // Arrays

    /// The type of an array's elements, and a reference to the array.
    struct array_operand {
        std::uint32_t type = 0;
        field_type element;
        value_type reference;
    };

    [[nodiscard, gnu::cold, gnu::noinline]] array_operand read_array() {
        array_operand array;
        const defined_type& type = read_aggregate(defined_type::form::array, "non-array type", array.type);
        if (!type.fields.empty()) {
            array.element = type.fields[0];
        }
        array.reference = value_type::reference(heap_type::concrete(array.type), true);
        return array;
    }
    [[nodiscard, gnu::cold, gnu::noinline]] array_operand read_mutable_array() {
        const array_operand array = read_array();
        if (!array.element.is_mutable) {
            invalid("immutable array", array.type);
        }
        return array;
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t new_array(bool with_default) {
        const array_operand array = read_array();
        pop(i32);
        if (!with_default) {
            pop(array.element.type);
        } else if (!array.element.type.is_defaultable()) {
            invalid("array type is not defaultable");
        }
        push(array.reference.non_null());
        return array.type;
    }

    [[gnu::cold, gnu::noinline]] index_pair new_fixed_array() {
        const array_operand array = read_array();
        const std::uint32_t length = reader_.read_u32_leb();
        if (length > limits::array_new_fixed) {
            beyond_limit("too many operands: at most", limits::array_new_fixed);
            return {};
        }
        pop_each(length, [&](std::size_t) { return array.element.type; });
        push(array.reference.non_null());
        return {array.type, length};
    }

    [[gnu::cold, gnu::noinline]] index_pair new_array_from_segment(bool of_data) {
        const array_operand array = read_array();
        const std::uint32_t segment = of_data ? read_data_for(array) : read_elements_for(array);
        pop2(i32, i32);
        push(array.reference.non_null());
        return {array.type, segment};
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t get_element(bool extends) {
        const array_operand array = read_array();
        check_packing(array.element, extends, "array is packed", "array is unpacked");
        pop2(array.reference, i32);
        push(array.element.type);
        return array.type;
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t set_element() {
        const array_operand array = read_mutable_array();
        pop3(array.reference, i32, array.element.type);
        return array.type;
    }

    [[gnu::cold, gnu::noinline]] void array_length() {
        pop(value_type::reference(heap_type::array, true));
        push(i32);
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t fill_array() {
        const array_operand array = read_mutable_array();
        pop2(array.element.type, i32);
        pop2(array.reference, i32);
        return array.type;
    }

    [[gnu::cold, gnu::noinline]] index_pair copy_array() {
        const array_operand to = read_mutable_array();
        const array_operand from = read_array();
        if (from.element.packed != to.element.packed || !is_subtype(*module_, from.element.type, to.element.type)) {
            invalid("array types do not match");
        }
        pop3(from.reference, i32, i32);
        pop2(to.reference, i32);
        return {to.type, from.type};
    }

    [[gnu::cold, gnu::noinline]] index_pair init_array_from_segment(bool of_data) {
        const array_operand array = read_mutable_array();
        const std::uint32_t segment = of_data ? read_data_for(array) : read_elements_for(array);
        pop3(i32, i32, i32);
        pop(array.reference);
        return {array.type, segment};
    }

private:
    [[nodiscard]] const defined_type& read_aggregate(defined_type::form form, const char* message,
                                                     std::uint32_t& type) {
        static const defined_type none;
        type = read_type_index(reader_, *module_);
        stop_on_error();
        if (!reader_.ok()) [[unlikely]] {
            return none;
        }
        if (module_->types[type].what != form) [[unlikely]] {
            invalid(message, type);
            return none;
        }
        return module_->types[type];
    }

    [[nodiscard, gnu::cold, gnu::noinline]] const field_type* read_field(const defined_type& structure,
                                                                         std::uint32_t& field) {
        field = reader_.read_u32_leb();
        if (field >= structure.fields.size()) [[unlikely]] {
            invalid("unknown field", field);
            return nullptr;
        }
        return &structure.fields[field];
    }

    /// Packed ones are read with a choice of extension, others without.
    void check_packing(const field_type& type, bool extends, const char* packed, const char* unpacked) {
        if ((type.packed != field_type::packing::none) != extends) {
            invalid(extends ? unpacked : packed);
        }
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t read_data_for(const array_operand& array) {
        const std::uint32_t segment = read_data_segment();
        if (array.element.type.is_reference()) {
            invalid("array type is not numeric or vector");
        }
        return segment;
    }

    [[gnu::cold, gnu::noinline]] std::uint32_t read_elements_for(const array_operand& array) {
        std::uint32_t segment = 0;
        const value_type items = read_element_segment(segment);
        if (!is_subtype(*module_, items, array.element.type)) {
            mismatch("array requires elements of", array.element.type, "but segment has", items);
        }
        return segment;
    }
};

} // namespace riser::inline v0_1::core::wasm
