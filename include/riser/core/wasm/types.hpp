#pragma once

#include "riser/core/base/text.hpp"
#include "riser/core/base/vector.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace riser::inline v0_1::core::wasm {

/// Heap types (Core specification 2.3.4): an abstract one, or the index of a defined type. Concrete indices are always
/// the module's *canonical* ones (see module_info::canonical), so that equal bits mean equal types.
class heap_type {
public:
    enum abstract : std::uint32_t {
        // Order is part of nothing; codes of the binary format are mapped by the decoder.
        func = 0xfffff0,
        nofunc,
        extern_,
        noextern,
        any,
        eq,
        i31,
        struct_,
        array,
        none,
        exn,
        noexn,
        bottom,
    };

    constexpr heap_type(abstract code) noexcept : code_(code) {}
    [[nodiscard]] static constexpr heap_type concrete(std::uint32_t index) noexcept { return heap_type(index, 0); }
    [[nodiscard]] static constexpr heap_type from_bits(std::uint32_t bits) noexcept { return heap_type(bits, 0); }

    [[nodiscard]] constexpr bool is_concrete() const noexcept { return code_ < func; }
    [[nodiscard]] constexpr std::uint32_t index() const noexcept { return code_; }
    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return code_; }
    friend constexpr bool operator==(heap_type, heap_type) noexcept = default;

private:
    constexpr heap_type(std::uint32_t code, int) noexcept : code_(code) {}
    std::uint32_t code_; // 24 bits
};

/// Value types (2.3.5) in 32 bits: kind, nullability, heap type. Trivially copyable, equality is bitwise.
class value_type {
public:
    enum class kind : std::uint8_t { bottom, i32, i64, f32, f64, v128, ref };

    constexpr value_type() noexcept = default;
    constexpr value_type(kind k) noexcept : bits_(static_cast<std::uint32_t>(k)) {}
    [[nodiscard]] static constexpr value_type reference(heap_type heap, bool nullable) noexcept {
        value_type type(kind::ref);
        type.bits_ |= (nullable ? 0x80U : 0U) | heap.bits() << 8U;
        return type;
    }

    [[nodiscard]] constexpr kind what() const noexcept { return static_cast<kind>(bits_ & 0x7fU); }
    [[nodiscard]] constexpr bool is_reference() const noexcept { return what() == kind::ref; }
    [[nodiscard]] constexpr bool is_bottom() const noexcept { return what() == kind::bottom; }
    [[nodiscard]] constexpr bool is_nullable() const noexcept { return (bits_ & 0x80U) != 0; }
    [[nodiscard]] constexpr heap_type heap() const noexcept { return heap_type::from_bits(bits_ >> 8U); }
    [[nodiscard]] constexpr value_type non_null() const noexcept { return reference(heap(), false); }
    [[nodiscard]] constexpr value_type nullable() const noexcept { return reference(heap(), true); }
    /// A default value exists: numbers, vectors and nullable references.
    [[nodiscard]] constexpr bool is_defaultable() const noexcept { return !is_reference() || is_nullable(); }
    /// Frame slots of 64 bits that a value takes: 2 for v128, else 1.
    [[nodiscard]] constexpr std::uint32_t slots() const noexcept { return what() == kind::v128 ? 2 : 1; }
    [[nodiscard]] constexpr std::uint32_t bits() const noexcept { return bits_; }
    friend constexpr bool operator==(value_type, value_type) noexcept = default;

private:
    std::uint32_t bits_ = 0;
};

/// Which of a machine's two kinds of registers a value is held in. Every tier and the runtime ask here.
enum class bank : std::uint8_t {
    integer, ///< i32, i64 and references
    vector,  ///< f32, f64 and v128
};
[[nodiscard]] constexpr bank bank_of(value_type::kind kind) noexcept {
    using enum value_type::kind;
    return kind == f32 || kind == f64 || kind == v128 ? bank::vector : bank::integer;
}

inline constexpr value_type i32 = value_type::kind::i32;
inline constexpr value_type i64 = value_type::kind::i64;
inline constexpr value_type f32 = value_type::kind::f32;
inline constexpr value_type f64 = value_type::kind::f64;
inline constexpr value_type v128 = value_type::kind::v128;
inline constexpr value_type bottom = value_type::kind::bottom;
inline constexpr value_type funcref = value_type::reference(heap_type::func, true);
inline constexpr value_type externref = value_type::reference(heap_type::extern_, true);

/// A function type that owns its lists, as embedders make them.
struct owned_function_type {
    std::vector<value_type> params;
    std::vector<value_type> results;
    friend bool operator==(const owned_function_type&, const owned_function_type&) = default;
};

/// A list of types that lies elsewhere, of fewer than 2^31. It knows its slots, since two bytes of code can name a list of a
/// thousand types.
class type_list {
public:
    constexpr type_list() noexcept = default;
    constexpr type_list(const value_type* first, const value_type* last) noexcept
        : data_(first), size_(static_cast<std::uint32_t>(last - first)), slots_(size_) {
        for (; first != last; ++first) {
            slots_ += first->slots() - 1;
        }
    }
    constexpr type_list(std::span<const value_type> types) noexcept
        : type_list(types.data(), types.data() + types.size()) {}

    [[nodiscard]] constexpr const value_type* data() const noexcept { return data_; }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr const value_type* begin() const noexcept { return data_; }
    [[nodiscard]] constexpr const value_type* end() const noexcept { return data_ + size_; }
    [[nodiscard]] constexpr const value_type& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[nodiscard]] constexpr const value_type& back() const noexcept { return data_[size_ - 1]; }

    /// Of all its values together.
    [[nodiscard]] constexpr std::uint32_t slots() const noexcept { return slots_; }
    [[nodiscard]] constexpr bool has_vectors() const noexcept { return slots_ != size_; }
    /// Where none of them is a vector.
    [[nodiscard]] constexpr type_list last(std::size_t count) const noexcept {
        type_list part;
        part.data_ = end() - count;
        part.size_ = part.slots_ = static_cast<std::uint32_t>(count);
        return part;
    }
    [[nodiscard]] constexpr type_list without_last() const noexcept {
        type_list rest = *this;
        --rest.size_;
        rest.slots_ -= back().slots();
        return rest;
    }

    friend bool operator==(type_list a, type_list b) noexcept {
        bool is_equal = a.size() == b.size();
        for (std::size_t i = 0; is_equal && i < a.size(); ++i) {
            is_equal = a[i] == b[i];
        }
        return is_equal;
    }

private:
    const value_type* data_ = nullptr;
    std::uint32_t size_ = 0;
    std::uint32_t slots_ = 0;
};

/// Function types (2.3.8), a view: the lists belong to a module, an engine, or an owned_function_type.
struct function_type {
    type_list params;
    type_list results;

    function_type() noexcept = default;
    function_type(type_list params_, type_list results_) noexcept : params(params_), results(results_) {}
    function_type(const owned_function_type& type) noexcept : params(type.params), results(type.results) {}
    operator owned_function_type() const { return {{params.begin(), params.end()}, {results.begin(), results.end()}}; }
    friend bool operator==(const function_type& a, const function_type& b) noexcept {
        return a.params == b.params && a.results == b.results;
    }
    friend bool operator==(const owned_function_type& a, const function_type& b) noexcept {
        return function_type(a) == b;
    }
};

/// Storage types (2.3.9): a value type, or one of the packed ones.
struct field_type {
    enum class packing : std::uint8_t { none, i8, i16 };
    value_type type; ///< i32 where packed
    packing packed = packing::none;
    bool is_mutable = false;
    friend bool operator==(const field_type&, const field_type&) = default;
};

/// Defined types (2.3.10): the flattened form of one member of a recursive group.
struct defined_type {
    enum class form : std::uint8_t { function, structure, array };
    form what = form::function;
    bool is_final = true;
    std::uint8_t depth = 0;                 ///< length of the chain of supertypes
    bool has_defaults = true;               ///< all fields can be made without a value
    std::optional<std::uint32_t> supertype; ///< canonical type index
    std::uint32_t shortcut = 0;    ///< a type above it, perhaps far, or itself where there is none; see above_at()
    std::uint32_t group_begin = 0; ///< type index of the first member of the recursive group
    std::uint32_t group_size = 1;
    function_type function;             ///< form::function; see module_info::value_types
    std::span<const field_type> fields; ///< form::structure; form::array has exactly one
};

/// Limits (2.3.11) of a table (in elements) or memory (in pages).
struct size_limits {
    std::uint64_t min = 0;
    std::optional<std::uint64_t> max = std::nullopt;
    friend bool operator==(const size_limits&, const size_limits&) = default;
};

struct table_type {
    value_type element = funcref;
    size_limits limits;
    bool is_64 = false; ///< addressed by i64
    friend bool operator==(const table_type&, const table_type&) = default;
};

struct memory_type {
    size_limits limits; ///< in pages
    bool is_64 = false;
    bool is_shared = false;
    std::uint8_t page_size_log2 = 16; ///< 0 or 16 (custom page sizes)
    friend bool operator==(const memory_type&, const memory_type&) = default;
};

struct global_type {
    value_type type;
    bool is_mutable = false;
    friend bool operator==(const global_type&, const global_type&) = default;
};

/// Of an abstract one: "func", "any", …
[[nodiscard, gnu::cold]] inline const char* name_of(heap_type type) noexcept {
    static constexpr const char* names[] = {"func",   "nofunc", "extern", "noextern", "any",   "eq", "i31",
                                            "struct", "array",  "none",   "exn",      "noexn", "bot"};
    return names[type.bits() - heap_type::func];
}

/// "func", "any", "3", …
[[nodiscard, gnu::cold, gnu::noinline]] inline text describe(heap_type type) noexcept {
    return type.is_concrete() ? text().append(std::uint64_t{type.index()}) : text(name_of(type));
}

/// "i32", "(ref null func)", "(ref 3)", …
[[nodiscard, gnu::cold, gnu::noinline]] inline text describe(value_type type) noexcept {
    static constexpr const char* plain[] = {"bot", "i32", "i64", "f32", "f64", "v128"};
    if (!type.is_reference()) {
        return plain[static_cast<std::size_t>(type.what())];
    }
    return text(type.is_nullable() ? "(ref null " : "(ref ").append(describe(type.heap())).append(")");
}

/// "[i32 (ref 3)]", "[]"
[[nodiscard, gnu::cold, gnu::noinline]] inline text describe(std::span<const value_type> types) noexcept {
    text list("[");
    const char* separator = "";
    for (const value_type type : types) {
        list.append(separator).append(describe(type));
        separator = " ";
    }
    return list.append("]");
}

/// "[i32 i32] -> [i64]"
[[nodiscard, gnu::cold, gnu::noinline]] inline text describe(const function_type& type) noexcept {
    return describe(std::span(type.params)).append(" -> ").append(describe(std::span(type.results)));
}

// The same for embedders.

[[nodiscard]] inline std::string to_string(heap_type type) { return std::string(describe(type).view()); }
[[nodiscard]] inline std::string to_string(value_type type) { return std::string(describe(type).view()); }
[[nodiscard]] inline std::string to_string(std::span<const value_type> types) {
    return std::string(describe(types).view());
}
[[nodiscard]] inline std::string to_string(const function_type& type) { return std::string(describe(type).view()); }

} // namespace riser::inline v0_1::core::wasm
