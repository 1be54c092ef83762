#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/subtyping.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core::runtime {

/// A defined type of some module as all modules of an engine know it: concrete heap types are engine-wide numbers.
struct registered_type {
    wasm::defined_type type;
    vector<std::uint32_t> ancestors; ///< numbers of the supertypes by their depth, then its own
};

/// One number for each type of an engine, so that equality of types across modules (3.1.5: rec groups are equal where they
/// have the same shape) is equality of numbers. Numbers are never taken back. Reading takes no lock: who has a number
/// has seen its type. Numbers come from type_registrar.
class type_registry {
public:
    type_registry(const type_registry&) = delete;
    type_registry& operator=(const type_registry&) = delete;

    /// No type has it.
    static constexpr std::uint32_t no_number = 0;

    [[nodiscard]] const registered_type& operator[](std::uint32_t number) const noexcept {
        return chunks_[number / chunk_size][number % chunk_size];
    }
    [[nodiscard]] const wasm::function_type& function(std::uint32_t number) const noexcept {
        return (*this)[number].type.function;
    }

    // Matching (3.3) among engine-wide types.

    [[nodiscard]] bool is_subtype(std::uint32_t a, std::uint32_t b) const noexcept {
        if (a == b) {
            return true;
        }
        const std::size_t depth = (*this)[b].type.depth;
        const vector<std::uint32_t>& ancestors = (*this)[a].ancestors;
        return depth < ancestors.size() && ancestors[depth] == b;
    }

    [[nodiscard]] bool is_subtype(wasm::heap_type a, wasm::heap_type b) const noexcept {
        if (a == b) {
            return true;
        }
        if (a.is_concrete()) {
            return b.is_concrete() ? is_subtype(a.index(), b.index())
                                   : wasm::is_abstract_subtype(wasm::abstract_of((*this)[a.index()].type.what), b);
        }
        if (!b.is_concrete()) {
            return wasm::is_abstract_subtype(a, b);
        }
        const bool function = (*this)[b.index()].type.what == wasm::defined_type::form::function;
        return a == (function ? wasm::heap_type::nofunc : wasm::heap_type::none);
    }

    [[nodiscard]] bool is_subtype(wasm::value_type a, wasm::value_type b) const noexcept {
        return a == b || (a.is_reference() && b.is_reference() && (b.is_nullable() || !a.is_nullable()) &&
                          is_subtype(a.heap(), b.heap()));
    }

    [[nodiscard]] bool is_subtype(const wasm::global_type& a, const wasm::global_type& b) const noexcept {
        return a.is_mutable == b.is_mutable && (a.is_mutable ? a.type == b.type : is_subtype(a.type, b.type));
    }

    /// Is it a reference to functions, of any kind?
    [[nodiscard]] bool is_function_reference(wasm::value_type type) const noexcept {
        return type.is_reference() && is_subtype(type.heap(), wasm::heap_type::func);
    }

protected:
    static constexpr std::size_t chunk_size = 1024;
    static constexpr std::size_t chunk_count = 1023; // up to the first abstract heap type
    static_assert(chunk_size * chunk_count <= wasm::heap_type::func);

    type_registry() = default;
    ~type_registry() = default;

    // Neither the vector nor those in it move: readers take no lock.
    vector<vector<registered_type>> chunks_ = vector<vector<registered_type>>(chunk_count);
};

} // namespace riser::inline v0::core::runtime
