#pragma once

#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

// Matching of types (3.3). `a` matches `b` where a value (or import) of type `a` may be used for one of type `b`.
// Everything here compares types of one module, whose indices are canonical, so that equal types have equal bits.

namespace riser::inline v0_1::core::wasm {

/// The heap type directly above all defined types of a form.
[[nodiscard]] constexpr heap_type abstract_of(defined_type::form form) noexcept {
    switch (form) {
    case defined_type::form::function: return heap_type::func;
    case defined_type::form::structure: return heap_type::struct_;
    case defined_type::form::array: return heap_type::array;
    }
    return heap_type::bottom;
}

/// The uppermost type of the hierarchy of an abstract type (any, func, extern or exn).
[[nodiscard]] constexpr heap_type top_of_abstract(heap_type heap) noexcept {
    switch (heap.bits()) {
    case heap_type::func:
    case heap_type::nofunc: return heap_type::func;
    case heap_type::extern_:
    case heap_type::noextern: return heap_type::extern_;
    case heap_type::exn:
    case heap_type::noexn: return heap_type::exn;
    case heap_type::bottom: return heap_type::bottom;
    default: return heap_type::any;
    }
}

/// The same of any type.
[[nodiscard]] inline heap_type top_of(const module_info& module, heap_type heap) noexcept {
    if (heap.is_concrete()) {
        return module.types[heap.index()].what == defined_type::form::function ? heap_type::func : heap_type::any;
    }
    return top_of_abstract(heap);
}

/// Subtyping among abstract heap types (3.3.3).
[[nodiscard]] constexpr bool is_abstract_subtype(heap_type a, heap_type b) noexcept {
    if (a == b) {
        return true;
    }
    switch (a.bits()) {
    case heap_type::bottom: return true;
    case heap_type::none:
        return b == heap_type::any || b == heap_type::eq || b == heap_type::i31 || b == heap_type::struct_ ||
               b == heap_type::array;
    case heap_type::i31:
    case heap_type::struct_:
    case heap_type::array: return b == heap_type::eq || b == heap_type::any;
    case heap_type::eq: return b == heap_type::any;
    case heap_type::nofunc: return b == heap_type::func;
    case heap_type::noextern: return b == heap_type::extern_;
    case heap_type::noexn: return b == heap_type::exn;
    default: return false;
    }
}

/// The shortcut of a type below `super`. Shortcuts are such that from any type to any other above it there are few steps
/// (Myers, An applicative random-access stack, 1983).
[[nodiscard]] inline std::uint32_t shortcut_below(const module_info& module, std::uint32_t super) noexcept {
    const defined_type& above = module.types[super];
    const defined_type& further = module.types[above.shortcut];
    const defined_type& furthest = module.types[further.shortcut];
    return above.depth - further.depth == further.depth - furthest.depth ? further.shortcut : super;
}

/// The type at `depth`, not below its own, of the chain of supertypes of `type`, or `type`. Chains are at most 63 long: that
/// takes at most 13 steps.
[[nodiscard]] inline std::uint32_t above_at(const module_info& module, std::uint32_t type,
                                            std::uint32_t depth) noexcept {
    while (module.types[type].depth > depth) {
        const defined_type& below = module.types[type];
        const bool is_far = module.types[below.shortcut].depth < depth;
        type = is_far ? below.supertype.value_or(type) : below.shortcut; // types deeper than others have one
    }
    return type;
}

/// Is the defined type `a` the same as `b` or declared below it (3.3.10)?
[[nodiscard]] inline bool is_declared_subtype(const module_info& module, std::uint32_t a, std::uint32_t b) noexcept {
    return above_at(module, a, module.types[b].depth) == b;
}

[[nodiscard]] inline bool is_subtype(const module_info& module, heap_type a, heap_type b) noexcept {
    if (a == b) {
        return true;
    }
    if (a.is_concrete()) {
        return b.is_concrete() ? is_declared_subtype(module, a.index(), b.index())
                               : is_abstract_subtype(abstract_of(module.types[a.index()].what), b);
    }
    if (!b.is_concrete()) {
        return is_abstract_subtype(a, b);
    }
    const bool function = module.types[b.index()].what == defined_type::form::function;
    return a == heap_type::bottom || a == (function ? heap_type::nofunc : heap_type::none);
}

/// Value types (3.3.5); the bottom type matches everything.
[[nodiscard]] inline bool is_subtype(const module_info& module, value_type a, value_type b) noexcept {
    if (a == b || a.is_bottom()) [[likely]] {
        return true;
    }
    return a.is_reference() && b.is_reference() && (b.is_nullable() || !a.is_nullable()) &&
           is_subtype(module, a.heap(), b.heap());
}

/// Result types (3.3.6).
[[nodiscard]] inline bool is_subtype(const module_info& module, std::span<const value_type> a,
                                     std::span<const value_type> b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!is_subtype(module, a[i], b[i])) {
            return false;
        }
    }
    return true;
}

/// Function types (3.3.8): parameters the other way round.
[[nodiscard]] inline bool is_subtype(const module_info& module, const function_type& a,
                                     const function_type& b) noexcept {
    return is_subtype(module, std::span(b.params), std::span(a.params)) &&
           is_subtype(module, std::span(a.results), std::span(b.results));
}

/// Field types (3.3.9): what can be written must be the same type.
[[nodiscard]] inline bool is_subtype(const module_info& module, const field_type& a, const field_type& b) noexcept {
    if (a.packed != b.packed || a.is_mutable != b.is_mutable) {
        return false;
    }
    return a.is_mutable ? a.type == b.type : is_subtype(module, a.type, b.type);
}

/// The structure of defined types (3.3.8): what a declared subtype must keep of its supertype.
[[nodiscard]] inline bool is_structural_subtype(const module_info& module, const defined_type& a,
                                                const defined_type& b) noexcept {
    if (a.what != b.what) {
        return false;
    }
    if (a.what == defined_type::form::function) {
        return is_subtype(module, a.function, b.function);
    }
    if (a.fields.size() < b.fields.size()) {
        return false;
    }
    for (std::size_t i = 0; i < b.fields.size(); ++i) {
        if (!is_subtype(module, a.fields[i], b.fields[i])) {
            return false;
        }
    }
    return true;
}

/// Limits (3.3.11).
[[nodiscard]] inline bool is_subtype(const size_limits& a, const size_limits& b) noexcept {
    return a.min >= b.min && (!b.max || (a.max && *a.max <= *b.max));
}

/// Global types (3.3.13): what can be written must be the same type.
[[nodiscard]] inline bool is_subtype(const module_info& module, const global_type& a, const global_type& b) noexcept {
    if (a.is_mutable != b.is_mutable) {
        return false;
    }
    return a.is_mutable ? a.type == b.type : is_subtype(module, a.type, b.type);
}

/// Memory types (3.3.14).
[[nodiscard]] inline bool is_subtype(const memory_type& a, const memory_type& b) noexcept {
    return a.is_64 == b.is_64 && a.is_shared == b.is_shared && a.page_size_log2 == b.page_size_log2 &&
           is_subtype(a.limits, b.limits);
}

/// Table types (3.3.15): elements can be written, so their types must be the same.
[[nodiscard]] inline bool is_subtype(const table_type& a, const table_type& b) noexcept {
    return a.is_64 == b.is_64 && a.element == b.element && is_subtype(a.limits, b.limits);
}

} // namespace riser::inline v0_1::core::wasm
