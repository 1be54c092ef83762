#pragma once

#include "riser/config.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/value.hpp"

#include <concepts>
#include <utility>

namespace riser::inline v0_1 {

/// The tag of an exception (Core specification 4.2.9). A handle, of its store's thread. What is done with one that was
/// moved from is a usage_error.
class tag {
public:
    /// \returns usage_error where `type` has results.
    [[nodiscard]] static RISER_INLINE result<riser::tag> try_create(store& where, const function_type& type);
#if defined(__cpp_exceptions)
    template <std::same_as<riser::store> Store> // a template: riser/store.hpp has what it needs
    [[nodiscard]] static riser::tag create(Store& where, const function_type& type) {
        return try_create(where, type).value();
    }
#endif

    [[nodiscard]] RISER_INLINE function_type_view type() const;

    explicit tag(core::runtime::store_handle object) noexcept : object_(std::move(object)) {}
    [[nodiscard]] core::runtime::store_object& object() const { return core::runtime::object_of(object_, "tag"); }
    [[nodiscard]] const core::runtime::store_handle& handle() const noexcept { return object_; }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_.get() == nullptr; }
    friend bool operator==(const tag&, const tag&) noexcept = default;

private:
    core::runtime::store_handle object_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/tag.hpp"
#endif
