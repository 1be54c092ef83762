#pragma once

#include "riser/core/api/function.hpp"
#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/instance.hpp"

#include <string_view>

namespace riser::inline v0_1 {

namespace core::runtime {

[[nodiscard]] inline instance_cell& cell_of(const riser::instance& handle) {
    return static_cast<instance_cell&>(handle.object());
}

[[nodiscard]] inline external_reference reference_to(const external_value& what) {
    if (what.kind() == external_kind::function) {
        return {what.kind(), &what.function().object(), nullptr};
    }
    return {what.kind(), nullptr, &what.object()};
}

/// Takes over the reference that share_export gave.
[[nodiscard]] inline external_value to_value(store_data& store, const external_reference& what) {
    if (what.kind == external_kind::function) {
        return riser::function(*what.function, store);
    }
    return external_value(what.kind, adopt_handle(*what.object));
}

[[nodiscard, gnu::cold, gnu::noinline]] inline error no_such_export(std::string_view name, const char* kind) {
    return usage_failure({"no exported ", kind, " \"", wasm::printable(name), "\""});
}

/// Why find() did not hand out an export of `kind`.
[[nodiscard, gnu::cold, gnu::noinline]] inline error
export_failure(const instance_cell& instance, std::string_view name, external_kind kind, const char* kind_name) {
    const wasm::export_entry* const entry = find_export(*instance.module, name);
    if (entry != nullptr && entry->kind == kind) {
        return resource_failure(
            {"out of memory: no room for the exported ", kind_name, " \"", wasm::printable(name), "\""});
    }
    return no_such_export(name, kind_name);
}

[[gnu::cold]] RISER_INLINE error name_export(std::string_view name, const error& failure) {
    return usage_failure({"\"", name, "\" is ", failure.message()});
}

} // namespace core::runtime

RISER_INLINE external_type external_value::type() const {
    return core::runtime::type_of(*store().engine, core::runtime::reference_to(*this));
}
RISER_INLINE const core::runtime::store_data& external_value::store() const {
    return kind_ == external_kind::function ? function_.store() : *object().home;
}

RISER_INLINE bool instance::is_initialized() const { return core::runtime::cell_of(*this).is_initialized; }
RISER_INLINE void instance::set_initialized(bool value) const { core::runtime::cell_of(*this).is_initialized = value; }

RISER_INLINE std::optional<external_value> instance::find(std::string_view name) const {
    core::runtime::instance_cell& cell = core::runtime::cell_of(*this);
    const core::wasm::export_entry* const entry = core::runtime::find_export(*cell.module, name);
    if (entry == nullptr) {
        return std::nullopt;
    }
    const core::runtime::external_reference found = core::runtime::share_export(cell, *entry);
    if (found.function == nullptr && found.object == nullptr) {
        return std::nullopt;
    }
    return core::runtime::to_value(*cell.home, found);
}

RISER_INLINE result<riser::function> instance::try_function(std::string_view name) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    const std::optional<external_value> found = find(name);
    if (!found || found->kind() != external_kind::function) {
        return core::runtime::export_failure(core::runtime::cell_of(*this), name, external_kind::function, "function");
    }
    return found->function();
}
RISER_INLINE result<riser::table> instance::try_table(std::string_view name) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    const std::optional<external_value> found = find(name);
    if (!found || found->kind() != external_kind::table) {
        return core::runtime::export_failure(core::runtime::cell_of(*this), name, external_kind::table, "table");
    }
    return found->table();
}
RISER_INLINE result<riser::memory> instance::try_memory(std::string_view name) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    const std::optional<external_value> found = find(name);
    if (!found || found->kind() != external_kind::memory) {
        return core::runtime::export_failure(core::runtime::cell_of(*this), name, external_kind::memory, "memory");
    }
    return found->memory();
}
RISER_INLINE result<riser::global> instance::try_global(std::string_view name) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    const std::optional<external_value> found = find(name);
    if (!found || found->kind() != external_kind::global) {
        return core::runtime::export_failure(core::runtime::cell_of(*this), name, external_kind::global, "global");
    }
    return found->global();
}
RISER_INLINE result<riser::tag> instance::try_tag(std::string_view name) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("instance");
    }
    const std::optional<external_value> found = find(name);
    if (!found || found->kind() != external_kind::tag) {
        return core::runtime::export_failure(core::runtime::cell_of(*this), name, external_kind::tag, "tag");
    }
    return found->tag();
}

} // namespace riser::inline v0_1
