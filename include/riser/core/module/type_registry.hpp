#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/base/intrusive_set.hpp"
#include "riser/core/module/type_numbers.hpp"
#include "riser/core/wasm/subtyping.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <utility>

namespace riser::inline v0_1::core::runtime {

struct type_group;

/// A defined type of some module as all modules of an engine know it: concrete heap types are engine-wide numbers.
struct registered_type {
    /// Every type has at least so many entries in its display.
    static constexpr std::uint32_t least_display = 4;

    /// The numbers of its supertypes by their depth, then its own (Cohen, Type-extension type tests can be performed in
    /// constant time, 1991), then type_numbers::none. So a type is a subtype of T where display[depth of T] is T's
    /// number: without a look at its own depth, where that of T is below least_display.
    const std::uint32_t* display;
    wasm::function_type function; ///< form::function
    type_group* group;
    wasm::defined_type::form what;
    std::uint8_t depth; ///< length of the chain of supertypes
};

/// What makes a recursive group what it is, in words.
struct group_key : set_node {
    const std::uint32_t* words;
    std::size_t count;
};

/// A recursive group of types, which lives as long as somebody counts: modules, tags, tables, globals and host functions,
/// and other groups that refer to it. One block, with all that its types need behind it.
struct type_group : group_key {
    std::size_t references;
    std::size_t size; ///< in types
    registered_type* types;
    std::size_t value_type_count;
    const wasm::value_type* value_types; ///< all that occur in it: parameters, results, fields
    type_group* next_dead;
    std::size_t block_bytes;
};

class type_hold;

/// One number for each type of an engine, so that equality of types across modules (3.1.5: rec groups are equal where they
/// have the same shape) is equality of numbers. A number is its type's while somebody counts it, and may then become another
/// type's. Reading takes no lock: who reads has the number from something that counts it. Numbers come from type_registrar.
class type_registry {
public:
    type_registry(const type_registry&) = delete;
    type_registry& operator=(const type_registry&) = delete;

    static constexpr std::uint32_t no_number = type_numbers::none;

    [[nodiscard]] const registered_type& operator[](std::uint32_t number) const noexcept { return numbers_[number]; }
    [[nodiscard]] const wasm::function_type& function(std::uint32_t number) const noexcept {
        return numbers_[number].function;
    }

    /// Counts the type that a value type refers to, if it is one of a module. Thread-safe. \returns false where there is no
    /// such type (any more), which only types can be that an embedder kept.
    [[nodiscard]] inline bool try_hold(wasm::value_type type, type_hold& held);
    /// Counts the type with this number, which something counts already. Thread-safe.
    [[nodiscard]] inline type_hold hold(std::uint32_t number);

    /// How many types there are. Thread-safe.
    [[nodiscard]] std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return size_;
    }

    // Matching (3.3) among engine-wide types.

    [[nodiscard]] bool is_subtype(std::uint32_t a, std::uint32_t b) const noexcept {
        if (a == b) {
            return true;
        }
        const registered_type& type = numbers_[a];
        const std::uint32_t depth = numbers_[b].depth;
        return (depth < registered_type::least_display || depth <= type.depth) && type.display[depth] == b;
    }

    [[nodiscard]] bool is_subtype(wasm::heap_type a, wasm::heap_type b) const noexcept {
        if (a == b) {
            return true;
        }
        if (a.is_concrete()) {
            return b.is_concrete() ? is_subtype(a.index(), b.index())
                                   : wasm::is_abstract_subtype(wasm::abstract_of((*this)[a.index()].what), b);
        }
        if (!b.is_concrete()) {
            return wasm::is_abstract_subtype(a, b);
        }
        const bool function = (*this)[b.index()].what == wasm::defined_type::form::function;
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
    friend class type_hold;
    /// Takes back one count of a type's group.
    using releaser = void (*)(type_registry&, std::uint32_t number) noexcept;

    type_registry(const allocator& source, releaser release) noexcept
        : source_(source), numbers_(source, nothing), release_(release) {}
    ~type_registry() = default;

    static constexpr std::uint32_t display_of_nothing[registered_type::least_display] = {};
    static constexpr registered_type nothing{display_of_nothing, {}, nullptr, wasm::defined_type::form::function, 0};

    const allocator& source_;
    mutable std::mutex mutex_;
    type_numbers numbers_;
    std::size_t size_ = 0;
    releaser release_; ///< a function, so that who only holds types compiles nothing of how they are made
};

/// One count of a type.
class type_hold {
public:
    type_hold() noexcept = default; ///< of none
    /// Takes over a count. The registry outlives this.
    type_hold(type_registry& types, std::uint32_t number) noexcept : types_(&types), number_(number) {}
    type_hold(type_hold&& other) noexcept
        : types_(other.types_), number_(std::exchange(other.number_, type_registry::no_number)) {}
    type_hold& operator=(type_hold other) noexcept {
        std::swap(types_, other.types_);
        std::swap(number_, other.number_);
        return *this;
    }
    ~type_hold() {
        if (number_ != type_registry::no_number) {
            types_->release_(*types_, number_);
        }
    }

    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

private:
    type_registry* types_ = nullptr;
    std::uint32_t number_ = type_registry::no_number;
};

inline bool type_registry::try_hold(wasm::value_type type, type_hold& held) {
    if (!type.is_reference() || !type.heap().is_concrete()) {
        held = {};
        return true;
    }
    const std::uint32_t number = type.heap().index();
    {
        const std::lock_guard lock(mutex_);
        if (!numbers_.is_taken(number)) {
            return false;
        }
        ++numbers_[number].group->references;
    }
    held = type_hold(*this, number);
    return true;
}

inline type_hold type_registry::hold(std::uint32_t number) {
    const std::lock_guard lock(mutex_);
    ++numbers_[number].group->references;
    return {*this, number};
}

} // namespace riser::inline v0_1::core::runtime
