#pragma once

#include "riser/config.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/error.hpp"
#include "riser/function.hpp"
#include "riser/fwd.hpp"
#include "riser/value.hpp"

#include <concepts>
#include <cstdint>
#include <utility>

namespace riser::inline v0_1 {

/// A table (Core specification 4.2.7). A handle, of its store's thread. What is done with one that was
/// moved from is a usage_error.
class table {
public:
    /// With every element `initial`. \returns resource_error where there is no room, usage_error for an invalid type or
    /// a value of another type.
    [[nodiscard]] static RISER_INLINE result<riser::table> try_create(store& where, const table_type& type,
                                                                      const value& initial);

    /// With the current size as its minimum.
    [[nodiscard]] RISER_INLINE table_type type() const;
    [[nodiscard]] RISER_INLINE std::uint64_t size() const;

    /// \returns trap (table_out_of_bounds; out_of_memory where the element is to be made first).
    [[nodiscard]] RISER_INLINE result<value> try_get(std::uint64_t index) const;
    /// The function at `index`, as call_indirect finds it. \returns trap: undefined_element beyond the end, uninitialized_element where
    /// it is null, indirect_call_mismatch where the table holds no functions; out_of_memory.
    [[nodiscard]] RISER_INLINE result<riser::function> try_function(std::uint64_t index) const;
    /// The same with a C++ signature, see typed_function. \returns also indirect_call_mismatch where its type is another.
    template <class Signature>
    [[nodiscard]] result<typed_function<Signature>> try_function(std::uint64_t index) const {
        const result<riser::function> found = try_function(index);
        if (!found) {
            return found.error();
        }
        result<typed_function<Signature>> typed = found->template try_typed<Signature>();
        return typed ? std::move(typed) : trap(trap_kind::indirect_call_mismatch, typed.error().message());
    }
    /// \returns trap (table_out_of_bounds, out_of_memory), or usage_error for a value of another type or store.
    RISER_INLINE result<void> try_set(std::uint64_t index, const value& element) const;
    /// Grows by `count` elements. \returns the size before; resource_error beyond the maximum.
    RISER_INLINE result<std::uint64_t> try_grow(std::uint64_t count, const value& element) const;

#if defined(__cpp_exceptions)
    template <std::same_as<riser::store> Store> // a template: riser/store.hpp has what it needs
    [[nodiscard]] static riser::table create(Store& where, const table_type& type, const value& initial) {
        return try_create(where, type, initial).value();
    }
    [[nodiscard]] value get(std::uint64_t index) const { return try_get(index).value(); }
    [[nodiscard]] riser::function function(std::uint64_t index) const { return try_function(index).value(); }
    template <class Signature>
    [[nodiscard]] typed_function<Signature> function(std::uint64_t index) const {
        return try_function<Signature>(index).value();
    }
    void set(std::uint64_t index, const value& element) const { try_set(index, element).value(); }
    std::uint64_t grow(std::uint64_t count, const value& element) const { return try_grow(count, element).value(); }
#endif

    explicit table(core::runtime::store_handle object) noexcept : object_(std::move(object)) {}
    [[nodiscard]] core::runtime::store_object& object() const { return core::runtime::object_of(object_, "table"); }
    [[nodiscard]] const core::runtime::store_handle& handle() const noexcept { return object_; }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_.get() == nullptr; }
    friend bool operator==(const table&, const table&) noexcept = default;

private:
    core::runtime::store_handle object_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/table.hpp"
#endif
