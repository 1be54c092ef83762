#pragma once

#include "riser/core/module/module_state.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/segment_items.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/wasm/subtyping.hpp"
#include "riser/external_type.hpp"

#include <cstdint>

// What instances export and import (4.2.13), its types, and when one fits the other (3.3, 4.6.3).

namespace riser::inline v0_1::core::runtime {

/// Something that an import may become. Refers to it, does not count it.
struct external_reference {
    wasm::external_kind kind = wasm::external_kind::function;
    function_object* function = nullptr; ///< functions
    store_object* object = nullptr;      ///< the others
};

/// The number of the function type of function `index` of a module.
[[nodiscard]] inline std::uint32_t function_type_number(const module_data& module, std::uint32_t index) noexcept {
    return module.type_numbers[module.info.functions[index]];
}
[[nodiscard]] inline std::uint32_t tag_type_number(const module_data& module, std::uint32_t index) noexcept {
    return module.type_numbers[module.info.tags[index]];
}

/// The type of `index` in the index space of `kind`, with the engine's type numbers.
[[nodiscard, gnu::noinline, gnu::cold]] inline external_type_view
type_in_module(const module_state& module, wasm::external_kind kind, std::uint32_t index) noexcept {
    external_type_view type;
    type.kind = kind;
    switch (kind) {
    case wasm::external_kind::function:
        type.function = module.engine->types.function(function_type_number(module, index));
        break;
    case wasm::external_kind::table: type.table = engine_type(module, module.info.tables[index].type); break;
    case wasm::external_kind::memory: type.memory = module.info.memories[index]; break;
    case wasm::external_kind::global: type.global = engine_type(module, module.info.globals[index].type); break;
    case wasm::external_kind::tag: type.function = module.engine->types.function(tag_type_number(module, index)); break;
    }
    return type;
}

/// Types as they are now: the current size is the minimum.
[[nodiscard]] inline wasm::memory_type current_type(const memory_cell& memory) noexcept {
    wasm::memory_type type = memory.type;
    type.limits.min = memory.pages();
    return type;
}
[[nodiscard]] inline wasm::table_type current_type(const table_cell& table) noexcept {
    wasm::table_type type = table.type;
    type.limits.min = table.size;
    return type;
}

[[nodiscard, gnu::noinline, gnu::cold]] inline external_type_view type_of(const engine_state& engine,
                                                                          const external_reference& external) noexcept {
    external_type_view type;
    type.kind = external.kind;
    switch (external.kind) {
    case wasm::external_kind::function: type.function = engine.types.function(external.function->type); break;
    case wasm::external_kind::table: type.table = current_type(static_cast<table_cell&>(*external.object)); break;
    case wasm::external_kind::memory: type.memory = current_type(static_cast<memory_cell&>(*external.object)); break;
    case wasm::external_kind::global: type.global = static_cast<global_cell&>(*external.object).type; break;
    case wasm::external_kind::tag:
        type.function = engine.types.function(static_cast<tag_cell&>(*external.object).type);
        break;
    }
    return type;
}

/// May `external` be what the module imports as `entry`?
[[nodiscard, gnu::cold]] inline bool fits_import(const module_state& module, const wasm::import_entry& entry,
                                                 const external_reference& external) {
    if (external.kind != entry.kind) {
        return false;
    }
    const type_registry& types = module.engine->types;
    switch (entry.kind) {
    case wasm::external_kind::function:
        return types.is_subtype(external.function->type, function_type_number(module, entry.index));
    case wasm::external_kind::table:
        return wasm::is_subtype(current_type(static_cast<table_cell&>(*external.object)),
                                engine_type(module, module.info.tables[entry.index].type));
    case wasm::external_kind::memory:
        return wasm::is_subtype(current_type(static_cast<memory_cell&>(*external.object)),
                                module.info.memories[entry.index]);
    case wasm::external_kind::global:
        return types.is_subtype(static_cast<global_cell&>(*external.object).type,
                                engine_type(module, module.info.globals[entry.index].type));
    case wasm::external_kind::tag:
        return static_cast<tag_cell&>(*external.object).type == tag_type_number(module, entry.index);
    }
    return false;
}

/// The cell of an instance's global, with a reference for the caller. Made when somebody outside of the instance asks; null
/// where there is no memory.
[[nodiscard, gnu::cold]] inline global_cell* share_global(instance_cell& instance, std::uint32_t index) {
    global_cell*& cell = instance.global_cells[index];
    if (cell != nullptr) {
        retain_object(*cell);
        return cell;
    }
    const module_data& module = *instance.module;
    cell = make_cell<global_cell>(*instance.home);
    if (cell == nullptr) {
        return nullptr;
    }
    cell->type = engine_type(module, module.info.globals[index].type);
    static_cast<void>(instance.home->engine->types.try_hold(cell->type.type, cell->type_held)); // the module has it
    cell->address = address_of_global(instance, index);
    cell->instance = &instance;
    cell->index = index;
    retain_object(instance);
    add_to_store(*cell);
    return cell;
}

/// What an instance exports as `entry`, with a reference for the caller unless it is a function. Of nothing where there is no
/// memory.
[[nodiscard, gnu::cold]] inline external_reference share_export(instance_cell& instance,
                                                                const wasm::export_entry& entry) {
    external_reference external{entry.kind, nullptr, nullptr};
    switch (entry.kind) {
    case wasm::external_kind::function: external.function = function_object_of(instance, entry.index); return external;
    case wasm::external_kind::global: external.object = share_global(instance, entry.index); return external;
    case wasm::external_kind::table: {
        table_cell& table = cell_of(*instance.tables[entry.index]);
        if (table.instance != nullptr) {
            table.instance->is_spread = true; // whoever has the table may call what is in it
        }
        external.object = &table;
        break;
    }
    case wasm::external_kind::memory: external.object = &cell_of(*instance.memories[entry.index]); break;
    case wasm::external_kind::tag: external.object = instance.tags[entry.index]; break;
    }
    retain_object(*external.object);
    return external;
}

} // namespace riser::inline v0_1::core::runtime
