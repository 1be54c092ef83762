#pragma once

#include "riser/core/base/hash_index.hpp"
#include "riser/core/base/owner.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/base/text.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/code/trap_record.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/store/host_definition.hpp"
#include "riser/core/store/interrupt_flag.hpp"
#include "riser/core/store/linked_state.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/error.hpp"
#include "riser/store_limits.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core::runtime {

/// What an externref points at until there is a heap.
struct external_box {
    std::uint64_t payload = 0;
    const store_data* store = nullptr;
};

/// What a store does out of line: who only holds handles and calls functions compiles none of it. See store_services.hpp.
struct store_services {
    bool (*invoke)(store_data&, function_object& callee, slot* slots, std::uint32_t parameter_slots,
                   std::uint32_t result_slots);
    void (*free_unreferenced)(store_object&) noexcept;
    void (*destroy)(const store_data*) noexcept;
    error (*wrong_signature)(const wasm::function_type& asked, const wasm::function_type& actual);
};

/// A store: what lives in it, what its calls left behind. Used by one thread at a time. Always a store_state, which adds what
/// runs.
struct store_data {
    store_data(const shared_ref<engine_state>& engine_, const store_limits& limits_, const store_services& services_,
               const shared_ref<interrupt_flag>& flag_);
    store_data(const store_data&) = delete;
    store_data& operator=(const store_data&) = delete;
    ~store_data();

    const store_services* services;
    shared_ref<engine_state> engine;
    store_limits limits;
    std::size_t stack_bytes; ///< as the pool lends them

    std::size_t handles = 1; ///< public handles, the store's own included; at 0 it ends
    bool closed = false;     ///< the store object is gone

    // What is taken of the limits.
    std::uint64_t memory_bytes = 0;
    std::uint64_t table_elements = 0;
    std::uint32_t instances = 0;

    store_object* objects = nullptr;      ///< all of them
    store_object* unreferenced = nullptr; ///< to be freed by whoever is at it
    bool freeing = false;

    // Calls.
    std::uint32_t activations = 0;
    error pending;      ///< why the innermost call failed
    text message;       ///< details of a trap that has any
    trap_record record; ///< where it was

    // Fuel: what is left beyond the slice that the budget word holds.
    bool metered = false;
    std::uint64_t fuel = 0;
    std::int64_t slice = 0;
    shared_ref<interrupt_flag> flag;

    struct state {
        const void* tag;
        void* object;
        void (*destroy)(void*) noexcept;
    };
    vector<state> states;
    vector<owner<external_box>> externals;
    hash_index externals_by_payload;
    vector<shared_ref<host_definition>> pinned_definitions;
};

/// A block of zeros from the engine's allocator.
[[nodiscard]] inline void* allocate(const store_data& store, std::size_t bytes) noexcept {
    const allocator& source = store.engine->options.allocator;
    return source.allocate(source.user, bytes, 16);
}
inline void deallocate(const store_data& store, void* block, std::size_t bytes) noexcept {
    const allocator& source = store.engine->options.allocator;
    source.deallocate(source.user, block, bytes, 16);
}

/// A memory, table, global or tag; null where there is no memory.
template <class Cell>
[[nodiscard]] Cell* make_cell(store_data& store) noexcept {
    return make_object<Cell>(store.engine->options.allocator, store);
}
template <class Cell>
void free_cell(Cell& cell) noexcept {
    destroy_object(cell.home->engine->options.allocator, &cell);
}

[[gnu::cold]] inline void add_to_store(store_object& object) noexcept {
    store_data& store = *object.home;
    object.next = store.objects;
    if (store.objects != nullptr) {
        store.objects->previous = &object;
    }
    store.objects = &object;
}

inline void remove_from_store(store_object& object) noexcept {
    (object.previous != nullptr ? object.previous->next : object.home->objects) = object.next;
    if (object.next != nullptr) {
        object.next->previous = object.previous;
    }
}

inline void retain_object(store_object& object) noexcept { ++object.references; }

/// Drops a reference.
inline void release_object(store_object& object) noexcept {
    if (--object.references == 0) {
        object.home->services->free_unreferenced(object);
    }
}

/// Keeps the object alive as long as the store: references to it may be anywhere.
inline void pin(store_object& object) noexcept {
    if (!object.pinned) {
        object.pinned = true;
        retain_object(object);
    }
}

[[gnu::cold]] inline void pin(store_data& store, host_definition& definition) {
    for (const shared_ref<host_definition>& pinned : store.pinned_definitions) {
        if (pinned.get() == &definition) {
            return;
        }
    }
    store.pinned_definitions.push_back(shared_ref<host_definition>::share(&definition));
}

/// Keeps the owner of a function alive: a reference to the function may be anywhere from now on.
inline void pin(store_data& store, function_object& function) {
    if (function.instance != nullptr) {
        pin(cell_of(*function.instance));
    } else {
        pin(store, static_cast<host_definition&>(*function.host));
    }
}

// References as words of slots.

[[nodiscard]] inline slot word_of(function_object* function) noexcept {
    return static_cast<slot>(reinterpret_cast<std::uintptr_t>(function));
}
[[nodiscard]] inline function_object* function_of(slot word) noexcept {
    return reinterpret_cast<function_object*>(static_cast<std::uintptr_t>(word));
}
[[nodiscard]] inline external_box* external_of(slot word) noexcept {
    return reinterpret_cast<external_box*>(static_cast<std::uintptr_t>(word));
}

/// The box of a payload.
[[nodiscard, gnu::cold]] inline slot make_external(store_data& store, std::uint64_t payload) {
    const std::uint64_t hash = hash_index::mix(0, payload);
    std::uint32_t at =
        store.externals_by_payload.find(hash, [&](std::uint32_t i) { return store.externals[i]->payload == payload; });
    if (at == hash_index::none) {
        at = static_cast<std::uint32_t>(store.externals.size());
        store.externals.push_back(owner(new external_box{payload, &store}));
        store.externals_by_payload.insert(hash, at);
    }
    return static_cast<slot>(reinterpret_cast<std::uintptr_t>(store.externals[at].get()));
}

[[gnu::cold]] inline store_data::store_data(const shared_ref<engine_state>& engine_, const store_limits& limits_,
                                            const store_services& services_, const shared_ref<interrupt_flag>& flag_)
    : services(&services_), engine(engine_), limits(limits_),
      stack_bytes(limits_.stack_bytes == 0 ? engine_->stacks.default_bytes()
                                           : stack_pool::rounded(limits_.stack_bytes)),
      flag(flag_) {}

} // namespace riser::inline v0::core::runtime
