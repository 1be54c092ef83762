#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/intrusive_set.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/core/wasm/subtyping.hpp"
#include "riser/limits.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::wasm {

/// A recursive group in the total order of groups by their content, in which two are equivalent when they are equal as iso-recursive
/// types (3.1.2, 3.1.3): references into the group itself are compared by their place in it, all others by canonical
/// index.
struct group_node : set_node {
    [[gnu::cold]] group_node(const vector<defined_type>& types, std::uint32_t begin_) noexcept : begin(begin_) {
        std::uint64_t mixed = 0;
        const group own{begin, types[begin].group_size};
        for (std::uint32_t i = begin; i < begin + own.size; ++i) {
            mixed = hash_of(types[i], own, mixed);
        }
        hash = static_cast<std::uint32_t>(mixed);
    }
    std::uint32_t begin; ///< index of its first type

    /// `context` is the vector of types.
    [[nodiscard, gnu::cold]] static bool is_before(const void* context, const set_node& one, const set_node& other) {
        const auto& types = *static_cast<const vector<defined_type>*>(context);
        const std::uint32_t a = static_cast<const group_node&>(one).begin;
        const std::uint32_t b = static_cast<const group_node&>(other).begin;
        const std::uint32_t size = types[a].group_size;
        if (size != types[b].group_size) {
            return size < types[b].group_size;
        }
        const group first{a, size};
        const group second{b, size};
        for (std::uint32_t i = 0; i < size; ++i) {
            const auto order = compare(types[a + i], first, types[b + i], second);
            if (order != 0) {
                return order < 0;
            }
        }
        return false;
    }

private:
    struct group {
        std::uint32_t begin;
        std::uint32_t size;
        [[nodiscard]] bool contains(std::uint32_t type) const noexcept { return type - begin < size; }
    };

    [[nodiscard]] static std::uint64_t normal(std::uint32_t type, const group& in) noexcept {
        return in.contains(type) ? std::uint64_t{1} << 32U | (type - in.begin) : type;
    }

    [[nodiscard]] static std::uint64_t normal(value_type type, const group& in) noexcept {
        if (type.is_reference() && type.heap().is_concrete() && in.contains(type.heap().index())) {
            const auto relative = heap_type::concrete(type.heap().index() - in.begin);
            return std::uint64_t{1} << 32U | value_type::reference(relative, type.is_nullable()).bits();
        }
        return type.bits();
    }

    [[nodiscard]] static std::uint64_t normal(const field_type& field, const group& in) noexcept {
        return normal(field.type, in) << 8U | static_cast<std::uint64_t>(field.packed) << 1U |
               static_cast<std::uint64_t>(field.is_mutable);
    }

    template <class Types>
    [[nodiscard, gnu::cold]] static std::strong_ordering compare(const Types& a, const group& in_a, const Types& b,
                                                                 const group& in_b) noexcept {
        if (const auto order = a.size() <=> b.size(); order != 0) {
            return order;
        }
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (const auto order = normal(a[i], in_a) <=> normal(b[i], in_b); order != 0) {
                return order;
            }
        }
        return std::strong_ordering::equal;
    }

    [[nodiscard, gnu::cold]] static std::strong_ordering compare(const defined_type& a, const group& in_a,
                                                                 const defined_type& b, const group& in_b) noexcept {
        if (const auto order = traits(a) <=> traits(b); order != 0) {
            return order;
        }
        if (a.supertype && b.supertype) {
            if (const auto order = normal(*a.supertype, in_a) <=> normal(*b.supertype, in_b); order != 0) {
                return order;
            }
        }
        if (const auto order = compare(a.function.params, in_a, b.function.params, in_b); order != 0) {
            return order;
        }
        if (const auto order = compare(a.function.results, in_a, b.function.results, in_b); order != 0) {
            return order;
        }
        return compare(a.fields, in_a, b.fields, in_b);
    }

    template <class Types>
    [[nodiscard]] static std::uint64_t hash_of(const Types& types, const group& own, std::uint64_t mixed) noexcept {
        for (const auto& type : types) {
            mixed = mix_hash(mixed, normal(type, own));
        }
        return mixed;
    }

    [[nodiscard, gnu::cold]] static std::uint64_t hash_of(const defined_type& type, const group& own,
                                                          std::uint64_t mixed) noexcept {
        mixed = mix_hash(mixed, std::uint64_t{type.function.params.size()} << 8U | traits(type));
        mixed = type.supertype ? mix_hash(mixed, normal(*type.supertype, own)) : mixed;
        mixed = hash_of(type.function.params, own, mixed);
        mixed = hash_of(type.function.results, own, mixed);
        return hash_of(type.fields, own, mixed);
    }

    [[nodiscard]] static unsigned traits(const defined_type& type) noexcept {
        return static_cast<unsigned>(type.what) << 2U | (type.is_final ? 2U : 0U) | (type.supertype ? 1U : 0U);
    }
};

/// Reads the type section (5.5.4) and makes the module's canonical types: those of the first of equal recursive groups
/// stand for those of the others.
class type_section_reader {
public:
    type_section_reader(byte_reader& reader, module_info& module) noexcept
        : reader_(reader), module_(module), groups_(*module.memory),
          known_(*module.memory, &group_node::is_before, &module.types) {}

    [[gnu::cold]] void read() {
        const std::uint32_t count = reader_.read_count("types", limits::types);
        // `struct` without fields takes two bytes. Each parameter and result takes one, so that their pool never moves.
        const std::size_t most_groups = lesser<std::size_t>(count, reader_.remaining() / 2);
        reader_.require_memory(module_.types.try_reserve(most_groups) && groups_.try_reserve(most_groups) &&
                               module_.value_types.try_reserve(reader_.remaining()));
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            read_group();
        }
    }

private:
    static constexpr std::uint8_t code_function = 0x60;
    static constexpr std::uint8_t code_structure = 0x5f;
    static constexpr std::uint8_t code_array = 0x5e;
    static constexpr std::uint8_t code_open_subtype = 0x50;
    static constexpr std::uint8_t code_final_subtype = 0x4f;
    static constexpr std::uint8_t code_group = 0x4e;
    static constexpr std::uint8_t code_i8 = 0x78;
    static constexpr std::uint8_t code_i16 = 0x77;

    /// A recursive type (5.3.8).
    [[gnu::cold]] void read_group() {
        const std::uint32_t offset = reader_.offset();
        std::uint32_t size = 1;
        if (reader_.peek() == code_group) {
            reader_.skip(1);
            size = reader_.read_count("types in a recursive group", limits::types);
        }
        const auto begin = static_cast<std::uint32_t>(module_.types.size());
        if (size > limits::types - begin) {
            reader_.fail(diagnostic_kind::limit, offset, {"too many types: at most ", limits::types});
            return;
        }
        const std::size_t value_types = module_.value_types.size();
        const std::size_t fields = module_.fields.size();
        if (!reader_.require_memory(module_.types.try_reserve(begin + size) &&
                                    module_.canonical.try_reserve(begin + size))) {
            return;
        }
        // The group's own types are in scope in it, each as itself until the whole group is known.
        for (std::uint32_t i = 0; i < size; ++i) {
            module_.canonical.push_back_reserved(begin + i);
        }
        group_offset_ = offset;
        for (std::uint32_t i = 0; i < size && reader_.ok(); ++i) {
            defined_type type = read_subtype(begin + i);
            type.group_begin = begin;
            type.group_size = size;
            module_.types.push_back_reserved(type);
        }
        if (reader_.ok() && size != 0 && canonicalise(begin, size)) {
            // An equal group has them already. Making a vector shorter takes no memory.
            static_cast<void>(module_.value_types.try_resize(value_types));
            static_cast<void>(module_.fields.try_resize(fields));
        }
    }

    /// \returns whether an equal group came before, whose types now stand for those of this one.
    [[nodiscard, gnu::cold]] bool canonicalise(std::uint32_t begin, std::uint32_t size) {
        const group_node wanted(module_.types, begin);
        const auto* const known = static_cast<const group_node*>(known_.find(wanted));
        if (known == nullptr) {
            groups_.push_back_reserved(wanted);
            known_.add(groups_.back());
            for (std::uint32_t i = begin; i < begin + size && reader_.ok(); ++i) {
                check_supertype(i);
            }
            return false;
        }
        for (std::uint32_t i = 0; i < size; ++i) {
            module_.canonical[begin + i] = known->begin + i;
            module_.types[begin + i] = module_.types[known->begin + i];
            module_.types[begin + i].group_begin = begin;
        }
        return true;
    }

    /// 3.2.11: the supertype is open, and the subtype's structure matches it.
    [[gnu::cold]] void check_supertype(std::uint32_t index) {
        const defined_type& type = module_.types[index];
        if (!type.supertype) {
            return;
        }
        const defined_type& super = module_.types[*type.supertype];
        if (super.is_final || !is_structural_subtype(module_, type, super)) {
            reader_.invalid_at(group_offset_, {"sub type ", index, " does not match super type ", *type.supertype,
                                               super.is_final ? ", which is final" : ""});
        }
    }

    /// A sub type (5.3.8).
    [[nodiscard, gnu::cold]] defined_type read_subtype(std::uint32_t index) {
        defined_type type;
        type.shortcut = index;
        std::uint8_t code = reader_.read_u8();
        if (code == code_open_subtype || code == code_final_subtype) {
            type.is_final = code == code_final_subtype;
            read_supertypes(type, index);
            code = reader_.read_u8();
        }
        switch (code) {
        case code_function:
            type.what = defined_type::form::function;
            type.function.params = read_value_types("parameters", limits::parameters);
            type.function.results = read_value_types("results", limits::results);
            break;
        case code_structure:
            type.what = defined_type::form::structure;
            type.fields = read_fields(reader_.read_count("fields", limits::fields));
            for (const field_type& field : type.fields) {
                type.has_defaults = type.has_defaults && field.type.is_defaultable();
            }
            break;
        case code_array:
            type.what = defined_type::form::array;
            type.fields = read_fields(1);
            break;
        default:
            if (reader_.ok()) {
                // Type codes are LEB128 integers of seven bits.
                reader_.malformed_at(reader_.offset() - 1,
                                     code < 0x80 ? "malformed definition type" : "integer representation too long");
            }
        }
        return type;
    }

    [[gnu::cold]] void read_supertypes(defined_type& type, std::uint32_t index) {
        const std::uint32_t offset = reader_.offset();
        const std::uint32_t count = reader_.read_count("supertypes", limits::types);
        if (count > 1) {
            reader_.invalid_at(offset, {"sub type ", index, " has more than one super type"});
        }
        if (count != 1 || !reader_.ok()) {
            return;
        }
        const std::uint32_t super = reader_.read_u32_leb();
        if (super >= index) {
            reader_.invalid_at(offset + 1, {"unknown type ", super, ": not declared before its sub type"});
            return;
        }
        type.supertype = module_.canonical[super];
        type.shortcut = shortcut_below(module_, *type.supertype);
        type.depth = static_cast<std::uint8_t>(module_.types[super].depth + 1);
        if (type.depth > limits::subtype_depth) {
            reader_.fail(diagnostic_kind::limit, offset,
                         {"too many super types above one another: at most ", limits::subtype_depth});
        }
    }

    /// Their pool has room for all that the section can hold.
    [[nodiscard, gnu::cold]] type_list read_value_types(const char* what, std::uint32_t limit) {
        const std::size_t begin = module_.value_types.size();
        const std::uint32_t count = reader_.read_count(what, limit);
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            module_.value_types.push_back_reserved(read_value_type(reader_, module_));
        }
        return {module_.value_types.begin() + begin, module_.value_types.end()};
    }

    [[nodiscard, gnu::cold]] std::span<const field_type> read_fields(std::uint32_t count) {
        if (module_.fields.capacity() == 0) { // a field takes two bytes; few modules have any
            reader_.require_memory(module_.fields.try_reserve(reader_.remaining() / 2));
        }
        const std::size_t begin = module_.fields.size();
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            const field_type field = read_field();
            if (reader_.ok()) {
                module_.fields.push_back_reserved(field);
            }
        }
        return {module_.fields.begin() + begin, module_.fields.end()};
    }

    /// A field type (5.3.7).
    [[nodiscard, gnu::cold]] field_type read_field() {
        field_type field;
        const std::uint8_t code = reader_.peek();
        if (code == code_i8 || code == code_i16) {
            reader_.skip(1);
            field.type = i32;
            field.packed = code == code_i8 ? field_type::packing::i8 : field_type::packing::i16;
        } else {
            field.type = read_value_type(reader_, module_);
        }
        field.is_mutable = read_mutability(reader_);
        return field;
    }

    byte_reader& reader_;
    module_info& module_;
    vector<group_node> groups_; ///< the canonical ones; has room for all, so that they stay where they are
    intrusive_set known_;
    std::uint32_t group_offset_ = 0;
};

} // namespace riser::inline v0_1::core::wasm
