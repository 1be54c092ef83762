#pragma once

#include "riser/config.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>
#include <utility>

// The end of things in a store, and of the store.

namespace riser::inline v0_1::core::runtime {

[[gnu::cold]] inline void free_instance(instance_cell& instance, bool cascade) noexcept {
    store_data& store = *instance.home;
    --store.instances;
    if (cascade) {
        for (store_object* const held : instance.held) {
            release_object(*held);
        }
    }
    free_function_objects(instance);
    const std::size_t bytes = instance.block_bytes;
    instance.~instance_cell();
    deallocate(store, &instance, bytes);
}

inline void free_global(global_cell& global, bool cascade) noexcept {
    if (cascade && global.instance != nullptr) {
        global.instance->global_cells[global.index] = nullptr;
        release_object(*global.instance);
    }
    free_cell(global);
}

/// Frees an object. `cascade`: drops what it refers to; not so when the whole store ends.
[[gnu::cold]] inline void free_object(store_object& object, bool cascade) noexcept {
    store_data& store = *object.home;
    switch (object.kind) {
    case object_kind::instance: free_instance(static_cast<instance_cell&>(object), cascade); break;
    case object_kind::memory: {
        auto& memory = static_cast<memory_cell&>(object);
        store.memory_bytes -= memory.bytes;
        store.engine->ops->destroy_memory(store.engine->space, memory);
        free_cell(memory);
        break;
    }
    case object_kind::table: {
        auto& table = static_cast<table_cell&>(object);
        store.table_elements -= table.size;
        if (table.elements != nullptr) {
            deallocate(store, table.elements, table.capacity * sizeof(slot));
        }
        free_cell(table);
        break;
    }
    case object_kind::global: free_global(static_cast<global_cell&>(object), cascade); break;
    case object_kind::tag: free_cell(static_cast<tag_cell&>(object)); break;
    }
}

/// Frees what has been found to be garbage. However long the chain of what goes with it, that takes no host stack.
[[gnu::cold]] inline void free_all_unreferenced(store_data& store) noexcept {
    if (store.freeing) {
        return;
    }
    store.freeing = true;
    while (store.unreferenced != nullptr) {
        store_object& dead = *store.unreferenced;
        store.unreferenced = dead.next;
        free_object(dead, true);
    }
    store.freeing = false;
}

/// What it costs to keep an instance, with memories and tables that nothing else refers to.
[[nodiscard, gnu::cold]] inline std::size_t weight_of(const instance_cell& instance) noexcept {
    std::size_t weight = 1 + store_data::weight_of_bytes(instance.block_bytes);
    for (const store_object* const held : instance.held) {
        if (held->references != 1) {
            continue;
        }
        if (held->kind == object_kind::memory) {
            weight += store_data::weight_of_bytes(static_cast<const memory_cell&>(*held).bytes);
        } else if (held->kind == object_kind::table) {
            weight += store_data::weight_of_bytes(static_cast<const table_cell&>(*held).capacity * sizeof(slot));
        }
    }
    return weight;
}

/// Frees what nothing refers to any more, or leaves it to a collection where there may be references that nobody counts.
[[gnu::noinline, gnu::cold]] inline void free_unreferenced(store_object& object) noexcept {
    store_data& store = *object.home;
    if (object.is_spread) {
        store.uncollected += weight_of(static_cast<const instance_cell&>(object));
        collect_if_worthwhile(store);
        return;
    }
    remove_from_store(object);
    object.next = store.unreferenced;
    store.unreferenced = &object;
    free_all_unreferenced(store);
}

/// The embedder's states: when the store object goes, so that a state may hold handles of its own store; at the end of the
/// outermost call where that is running.
inline void destroy_states(store_data& store) noexcept {
    while (!store.states.empty()) {
        const store_data::state last = store.states.back();
        store.states.pop_back();
        last.destroy(last.object);
    }
}

inline store_data::~store_data() {
    while (objects != nullptr) {
        store_object& object = *objects;
        objects = object.next;
        free_object(object, false);
    }
    const allocator& source = engine->options.allocator;
    while (externals != nullptr) {
        destroy_object(source, std::exchange(externals, externals->next));
    }
    while (definitions != nullptr) {
        destroy_object(source, std::exchange(definitions, definitions->next));
    }
}

} // namespace riser::inline v0_1::core::runtime
