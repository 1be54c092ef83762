#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/values.hpp"
#include "riser/core/module/engine_parts.hpp"
#include "riser/core/store/create.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/global.hpp"
#include "riser/memory.hpp"
#include "riser/store.hpp"
#include "riser/table.hpp"
#include "riser/tag.hpp"

#include <cstdint>
#include <utility>

// What the host makes in a store. Apart from the rest of these classes, since who only uses what instances export need not
// compile it.

namespace riser::inline v0_1 {

namespace core::runtime {

/// Limits in order and within what the address type can count (3.2.16, 3.2.17).
[[nodiscard]] inline bool is_valid(const wasm::size_limits& limits, std::uint64_t range) noexcept {
    return limits.min <= range && (!limits.max || (limits.min <= *limits.max && *limits.max <= range));
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE result<riser::memory> memory::try_create(store& where, const memory_type& type) {
    if (where.is_moved_from()) {
        return core::runtime::moved_from("store");
    }
    core::runtime::store_data& store = where.data();
    const core::runtime::store_guard guard(store); // a collection runs destructors of the embedder's
    const bool is_page_known = type.page_size_log2 == 0 || type.page_size_log2 == 16;
    const std::uint64_t bits = (type.is_64 ? 64U : 32U) - (is_page_known ? type.page_size_log2 : 0U);
    const std::uint64_t most = bits == 64 ? UINT64_MAX : bits == 32 ? UINT32_MAX : std::uint64_t{1} << bits;
    if (!is_page_known || !core::runtime::is_valid(type.limits, most) || (type.is_shared && !type.limits.max)) {
        return core::runtime::usage_failure("an invalid memory type");
    }
    core::runtime::memory_cell* const made =
        core::runtime::make_with_room(store, [&] { return core::runtime::make_memory(store, type, true); });
    if (made == nullptr) {
        const resource_error::reason why = core::runtime::why_no_memory(store, type);
        return core::runtime::resource_failure(
            why, {core::runtime::text_of(why), ": no room for a memory of ", type.limits.min, " pages"});
    }
    return riser::memory(core::runtime::adopt_handle(*made));
}

[[gnu::cold]] RISER_INLINE result<riser::table> table::try_create(store& where, const table_type& type,
                                                                  const value& initial) {
    if (where.is_moved_from()) {
        return core::runtime::moved_from("store");
    }
    core::runtime::store_data& store = where.data();
    const core::runtime::store_guard guard(store); // a collection runs destructors of the embedder's
    const std::uint64_t most = type.is_64 ? UINT64_MAX : UINT32_MAX;
    const bool ordered = !type.limits.max || (type.limits.min <= *type.limits.max && *type.limits.max <= most);
    if (!type.element.is_reference() || type.limits.min > most || !ordered) {
        return core::runtime::usage_failure("an invalid table type");
    }
    core::runtime::type_hold held;
    if (!store.engine->types.try_hold(type.element, held)) {
        return core::runtime::usage_failure(core::runtime::text_of(core::runtime::numbering::unknown_type));
    }
    if (!core::runtime::value_fits(store, initial, type.element)) {
        return core::runtime::unfit_value(store, "the initial element", initial, type.element);
    }
    const core::runtime::slot element = core::runtime::word_into(store, initial.reference());
    core::runtime::table_cell* const made =
        core::runtime::make_with_room(store, [&] { return core::runtime::make_table(store, type, element); });
    if (made == nullptr || !core::runtime::make_elements(*made)) {
        if (made != nullptr) {
            core::runtime::release_object(*made);
        }
        const resource_error::reason why = core::runtime::why_no_table(store, type);
        return core::runtime::resource_failure(
            why, {core::runtime::text_of(why), ": no room for a table of ", type.limits.min, " elements"});
    }
    return riser::table(core::runtime::adopt_handle(*made));
}

[[gnu::cold]] RISER_INLINE result<riser::global> global::try_create(store& where, const global_type& type,
                                                                    const value& initial) {
    if (where.is_moved_from()) {
        return core::runtime::moved_from("store");
    }
    core::runtime::store_data& store = where.data();
    const core::runtime::store_guard guard(store); // a collection runs destructors of the embedder's
    core::runtime::type_hold held;
    if (!store.engine->types.try_hold(type.type, held)) {
        return core::runtime::usage_failure(core::runtime::text_of(core::runtime::numbering::unknown_type));
    }
    if (!core::runtime::value_fits(store, initial, type.type)) {
        return core::runtime::unfit_value(store, "the initial value", initial, type.type);
    }
    auto* const made = core::runtime::make_cell<core::runtime::global_cell>(store);
    if (made == nullptr) {
        return core::runtime::resource_failure("out of memory: no room for a global");
    }
    made->type = type;
    made->type_held = std::move(held);
    made->address = made->own;
    core::runtime::write_value(store, made->address, initial);
    core::runtime::add_to_store(*made);
    return riser::global(core::runtime::adopt_handle(*made));
}

[[gnu::cold]] RISER_INLINE result<riser::tag> tag::try_create(store& where, const function_type& type) {
    if (where.is_moved_from()) {
        return core::runtime::moved_from("store");
    }
    if (!type.results.empty()) {
        return core::runtime::usage_failure("the type of a tag has no results");
    }
    core::runtime::type_hold held;
    const core::runtime::numbering numbered = core::runtime::registrar_of(*where.data().engine).number_of(type, held);
    if (numbered != core::runtime::numbering::done) {
        return core::runtime::resource_failure(numbered == core::runtime::numbering::too_many
                                                   ? resource_error::reason::engine_limit
                                                   : resource_error::reason::memory,
                                               core::runtime::text_of(numbered));
    }
    auto* const made = core::runtime::make_cell<core::runtime::tag_cell>(where.data());
    if (made == nullptr) {
        return core::runtime::resource_failure("out of memory: no room for a tag");
    }
    made->type = held.number();
    made->type_held = std::move(held);
    core::runtime::add_to_store(*made);
    return riser::tag(core::runtime::adopt_handle(*made));
}

} // namespace riser::inline v0_1
