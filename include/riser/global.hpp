#pragma once

#include "riser/config.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/value.hpp"

#include <concepts>
#include <cstdint>
#include <utility>

namespace riser::inline v0_1 {

/// A global (Core specification 4.2.10). A handle, of its store's thread. What is done with one that was
/// moved from is a usage_error.
class global {
public:
    /// \returns usage_error where `initial` has another type.
    [[nodiscard]] static RISER_INLINE result<riser::global> try_create(store& where, const global_type& type,
                                                                       const value& initial);

    [[nodiscard]] RISER_INLINE global_type type() const;
    [[nodiscard]] RISER_INLINE value get() const;
    /// \returns usage_error where it is immutable or `value` has another type.
    RISER_INLINE result<void> try_set(const value& value) const;

#if defined(__cpp_exceptions)
    template <std::same_as<riser::store> Store> // a template: riser/store.hpp has what it needs
    [[nodiscard]] static riser::global create(Store& where, const global_type& type, const value& initial) {
        return try_create(where, type, initial).value();
    }
    void set(const value& value) const { try_set(value).value(); }
#endif

    explicit global(core::runtime::store_handle object) noexcept : object_(std::move(object)) {}
    [[nodiscard]] core::runtime::store_object& object() const { return core::runtime::object_of(object_, "global"); }
    [[nodiscard]] const core::runtime::store_handle& handle() const noexcept { return object_; }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_.get() == nullptr; }
    friend bool operator==(const global&, const global&) noexcept = default;

private:
    core::runtime::store_handle object_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/global.hpp"
#endif
