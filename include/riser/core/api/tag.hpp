#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/tag.hpp"

namespace riser::inline v0_1 {

RISER_INLINE function_type_view tag::type() const {
    const auto& cell = static_cast<const core::runtime::tag_cell&>(object());
    return cell.home->engine->types.function(cell.type);
}

} // namespace riser::inline v0_1
