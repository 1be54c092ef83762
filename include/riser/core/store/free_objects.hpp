#pragma once

#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>

// The end of things in a store, and of the store.

namespace riser::inline v0::core::runtime {

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

/// Frees what nothing refers to any more. However long the chain of what goes with it, that takes no host stack.
[[gnu::noinline, gnu::cold]] inline void free_unreferenced(store_object& object) noexcept {
    store_data& store = *object.home;
    remove_from_store(object);
    object.next = store.unreferenced;
    store.unreferenced = &object;
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
}

} // namespace riser::inline v0::core::runtime
