#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/values.hpp"
#include "riser/core/store/create.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/store/table_elements.hpp"
#include "riser/table.hpp"

namespace riser::inline v0_1 {

namespace core::runtime {

[[nodiscard]] inline table_cell& cell_of(const riser::table& handle) {
    return static_cast<table_cell&>(handle.object());
}

} // namespace core::runtime

RISER_INLINE table_type table::type() const { return core::runtime::current_type(core::runtime::cell_of(*this)); }
RISER_INLINE std::uint64_t table::size() const { return core::runtime::cell_of(*this).size; }

RISER_INLINE result<value> table::try_get(std::uint64_t index) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("table");
    }
    core::runtime::table_cell& cell = core::runtime::cell_of(*this);
    core::runtime::slot element[2] = {}; // a value's slots, of which a reference takes one
    const trap_kind failed = core::runtime::get_element(cell, index, element[0]);
    if (failed != trap_kind::none) {
        return trap(failed);
    }
    return core::runtime::read_value(*cell.home, element, cell.type.element);
}

RISER_INLINE result<riser::function> table::try_function(std::uint64_t index) const {
    const result<value> element = try_get(index);
    if (!element) {
        const auto failed = element.error().as<trap>();
        return failed && failed->kind() == trap_kind::table_out_of_bounds
                   ? trap(trap_kind::undefined_element,
                          core::wasm::message{"index ", index, " of a table of ", size()}.text())
                   : element.error();
    }
    if (!core::runtime::may_be_function(element->type().heap())) {
        return trap(trap_kind::indirect_call_mismatch, "a table of no functions");
    }
    if (element->is_null()) {
        return trap(trap_kind::uninitialized_element, core::wasm::message{"index ", index}.text());
    }
    return element->function().get();
}

RISER_INLINE result<void> table::try_set(std::uint64_t index, const value& element) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("table");
    }
    const table kept = *this; // from destructors of what may be collected
    core::runtime::table_cell& cell = core::runtime::cell_of(kept);
    if (index >= cell.size) {
        return trap(trap_kind::table_out_of_bounds);
    }
    if (!core::runtime::value_fits(*cell.home, element, cell.type.element)) {
        return core::runtime::unfit_value(*cell.home, "the element", element, cell.type.element);
    }
    const trap_kind failed =
        core::runtime::set_elements(cell, index, core::runtime::word_into(*cell.home, element.reference()), 1);
    if (failed != trap_kind::none) {
        return trap(failed);
    }
    return {};
}

RISER_INLINE result<std::uint64_t> table::try_grow(std::uint64_t count, const value& element) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("table");
    }
    const table kept = *this; // from destructors of what may be collected
    core::runtime::table_cell& cell = core::runtime::cell_of(kept);
    if (!core::runtime::value_fits(*cell.home, element, cell.type.element)) {
        return core::runtime::unfit_value(*cell.home, "the element", element, cell.type.element);
    }
    const core::runtime::counted_reference initial = element.reference();
    const core::runtime::slot word = core::runtime::word_into(*cell.home, initial);
    const std::int64_t before =
        core::runtime::grow_with_room(*cell.home, [&] { return core::runtime::grow_table(cell, word, count); });
    if (before < 0) {
        const std::uint64_t wanted = count > UINT64_MAX - cell.size ? UINT64_MAX : cell.size + count;
        const resource_error::reason why = core::runtime::why_no_table(*cell.home, wanted, count, cell.max_size);
        return core::runtime::resource_failure(
            why, {core::runtime::text_of(why), ": the table cannot grow by ", count, " elements"});
    }
    return static_cast<std::uint64_t>(before);
}

} // namespace riser::inline v0_1
