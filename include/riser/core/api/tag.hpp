#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/runtime/store_data.hpp"
#include "riser/core/runtime/store_object.hpp"
#include "riser/store.hpp"
#include "riser/tag.hpp"

namespace riser::inline v0 {

RISER_INLINE result<riser::tag> tag::try_create(store& where, const function_type& type) {
    if (!type.results.empty()) {
        return usage_error("the type of a tag has no results");
    }
    const std::uint32_t number = where.data().engine->types.number_of(type);
    if (number == core::runtime::type_registry::no_number) {
        return resource_error("too many types: the engine has no numbers left");
    }
    auto* const made = new core::runtime::tag_cell(where.data());
    made->type = number;
    core::runtime::add_to_store(*made);
    return riser::tag(core::runtime::adopt_handle(*made));
}

RISER_INLINE const function_type& tag::type() const noexcept {
    const auto& cell = static_cast<const core::runtime::tag_cell&>(object());
    return cell.home->engine->types.function(cell.type);
}

} // namespace riser::inline v0
