#pragma once

#include "riser/core/base/references.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/module/constants.hpp"
#include "riser/core/module/type_registry.hpp"
#include "riser/core/store/objects.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/fwd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::core::runtime {

enum class object_kind : std::uint8_t { instance, memory, table, global, tag };

/// Anything of a store that handles and instances refer to. Counted, and in the list of its store, which frees what is
/// left when it ends itself. What counting cannot free, a collection does: see collector.hpp.
struct store_object {
    store_object(store_data& store_, object_kind kind_) noexcept : home(&store_), kind(kind_) {}
    store_object(const store_object&) = delete;
    store_object& operator=(const store_object&) = delete;

    store_data* home; ///< the store
    store_object* previous = nullptr;
    store_object* next = nullptr;
    std::size_t references = 1; ///< of handles, references of the host, instances that import it
    object_kind kind;
    bool is_spread = false; ///< an instance: references to its functions may lie where nobody counts them
    bool is_marked = false; ///< by the collector
    union {
        std::size_t from_objects = 0; ///< while it counts: how many of `references` come from other objects
        store_object* next_marked;    ///< afterwards
    };
};

struct memory_cell : memory::linear_memory, store_object {
    explicit memory_cell(store_data& store_) noexcept : store_object(store_, object_kind::memory) {}
    wasm::memory_type type; ///< as declared
};

struct table_cell : table_data, store_object {
    explicit table_cell(store_data& store_) noexcept : store_object(store_, object_kind::table) {}
    wasm::table_type type; ///< as declared; the engine's
    type_hold type_held;   ///< of its elements
    bool holds_functions = false;
    slot initial = 0;                   ///< elements that neither `image` nor anybody since has set, as stored
    const table_image* image = nullptr; ///< elements that segments set when `instance` was made
    instance_cell* instance = nullptr;  ///< whose table it is; null for the host's
};

/// A global of the host, or one of an instance that something else refers to.
struct global_cell : store_object {
    explicit global_cell(store_data& store_) noexcept : store_object(store_, object_kind::global) {}
    wasm::global_type type; ///< the engine's
    type_hold type_held;
    slot* address = nullptr;
    slot own[2] = {};                  ///< the host's
    instance_cell* instance = nullptr; ///< an instance's: it lives as long as this
    std::uint32_t index = 0;           ///< in `instance`
};

struct tag_cell : store_object {
    explicit tag_cell(store_data& store_) noexcept : store_object(store_, object_kind::tag) {}
    std::uint32_t type = 0; ///< engine-wide number of its function type
    type_hold type_held;
};

/// An instance with what handlers do not need. Arrays lie behind it, in one block.
struct instance_cell : instance_data, store_object {
    explicit instance_cell(store_data& store_) noexcept
        : instance_data{}, store_object(store_, object_kind::instance) {}

    const module_state* module = nullptr; ///< which `linked` keeps
    shared_ref<linked_state> linked;
    global_cell** global_cells = nullptr; ///< by global index: imports; of its own those that something refers to
    tag_cell** tags = nullptr;            ///< by tag index
    std::span<store_object*> held;        ///< what it keeps alive
    std::size_t block_bytes = 0;          ///< of the allocation
    bool is_initialized = false;          ///< the function that prepares it has run; see riser::instance
};

[[nodiscard]] inline memory_cell& cell_of(memory::linear_memory& memory) noexcept {
    return static_cast<memory_cell&>(memory);
}
[[nodiscard]] inline table_cell& cell_of(table_data& table) noexcept { return static_cast<table_cell&>(table); }
[[nodiscard]] inline instance_cell& cell_of(instance_data& instance) noexcept {
    return static_cast<instance_cell&>(instance);
}

} // namespace riser::inline v0_1::core::runtime

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/references.hpp"
#endif
