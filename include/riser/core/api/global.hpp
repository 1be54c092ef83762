#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/values.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/global.hpp"

namespace riser::inline v0_1 {

namespace core::runtime {

[[nodiscard]] inline global_cell& cell_of(const riser::global& handle) {
    return static_cast<global_cell&>(handle.object());
}

} // namespace core::runtime

RISER_INLINE global_type global::type() const { return core::runtime::cell_of(*this).type; }
RISER_INLINE value global::get() const {
    const core::runtime::global_cell& cell = core::runtime::cell_of(*this);
    return core::runtime::read_value(*cell.home, cell.address, cell.type.type);
}
RISER_INLINE result<void> global::try_set(const value& value) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("global");
    }
    const global kept = *this; // from destructors of what may be collected
    const core::runtime::global_cell& cell = core::runtime::cell_of(kept);
    if (!cell.type.is_mutable) {
        return core::runtime::usage_failure("an immutable global cannot be set");
    }
    if (!core::runtime::value_fits(*cell.home, value, cell.type.type)) {
        return core::runtime::unfit_value(*cell.home, "the value", value, cell.type.type);
    }
    core::runtime::write_value(*cell.home, cell.address, value);
    return {};
}

} // namespace riser::inline v0_1
