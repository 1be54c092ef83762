#pragma once

#include "riser/core/base/intrusive_set.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/base/text.hpp"
#include "riser/core/base/type_key.hpp"
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

namespace riser::inline v0_1::core::runtime {

[[nodiscard]] inline std::uint32_t hash_of_word(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word * 0x9e37'79b9'7f4a'7c15 >> 32U);
}

/// What an externref points at.
struct external_box : reference_header, set_node {
    external_box(store_data& store_, std::uint64_t payload_) noexcept
        : reference_header{.kind = reference_kind::external}, payload(payload_), store(&store_) {
        hash = hash_of_word(payload);
    }

    std::uint64_t payload;
    store_data* store;
    std::size_t references = 0; ///< of the host
    external_box* next = nullptr;

    /// By payload: equal payloads are equal references.
    static bool is_before(const void*, const set_node& a, const set_node& b) noexcept {
        return static_cast<const external_box&>(a).payload < static_cast<const external_box&>(b).payload;
    }
};

/// A host function to which references may lie where nobody counts them.
struct spread_definition : set_node {
    explicit spread_definition(const shared_ref<host_definition>& definition_) noexcept : definition(definition_) {
        hash = hash_of_word(address_of(*this));
    }

    shared_ref<host_definition> definition;
    bool is_marked = false;
    spread_definition* next = nullptr;

    static bool is_before(const void*, const set_node& a, const set_node& b) noexcept {
        return address_of(a) < address_of(b);
    }

private:
    [[nodiscard]] static std::uintptr_t address_of(const set_node& node) noexcept {
        return reinterpret_cast<std::uintptr_t>(static_cast<const spread_definition&>(node).definition.get());
    }
};

/// What a store does out of line: who only holds handles and calls functions compiles none of it. See store_services.hpp.
struct store_services {
    bool (*invoke)(store_data&, function_object& callee, slot* slots, std::uint32_t parameter_slots,
                   std::uint32_t result_slots);
    void (*free_unreferenced)(store_object&) noexcept;
    bool (*collect)(store_data&) noexcept;
    void (*destroy)(const store_data*) noexcept;
    error (*wrong_signature)(const wasm::function_type& asked, const wasm::function_type& actual);
};

/// Operators that may run between two looks at the interrupt flag: some tens of microseconds of interpretation.
inline constexpr std::uint32_t poll_slice = 16384;
/// How long a slice may be in an engine whose tiers want to know after how many operators a function is hot: no longer, so that 1 means
/// the first region that is entered.
[[nodiscard]] constexpr std::uint32_t slice_for(std::uint64_t tier_up) noexcept {
    return tier_up == 0 || tier_up > poll_slice ? poll_slice : static_cast<std::uint32_t>(tier_up - 1);
}

/// Slices of an engine with tiers differ in length. Were they alike, then in a loop whose turns are alike all polls might meet one function,
/// and the others would never be found hot. Short ones are exact: who asks for such a tier_up counts operators.
[[nodiscard]] constexpr bool may_vary(std::uint32_t slice) noexcept { return slice >= 1024; }

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
    bool lacks_addresses = false; ///< why the last memory was not made, where it was no limit

    store_object* objects = nullptr;      ///< all of them
    store_object* unreferenced = nullptr; ///< to be freed by whoever is at it
    bool freeing = false;

    // Calls.
    std::uint32_t activations = 0;
    const void* thread = nullptr; ///< whose calls run, where engine_options::check_threads
    error pending;                ///< why the innermost call failed
    text message;                 ///< details of a trap that has any
    trap_record record;           ///< where it was

    // Fuel: what is left beyond the slice that the budget word holds.
    bool metered = false;
    std::uint64_t fuel = 0;
    std::int64_t slice = 0;
    std::uint32_t longest_slice; ///< in operators
    bool varies_slices;          ///< see may_vary
    std::uint32_t phase = 0;     ///< of what varies

    /// Less than `range`, another number each time: spread evenly, by steps of the golden ratio.
    [[nodiscard]] std::uint32_t next_variation(std::uint32_t range) noexcept {
        phase += 0x9e3779b9;
        return static_cast<std::uint32_t>((std::uint64_t{phase} * range) >> 32U);
    }

    // What stops a call from outside.
    shared_ref<interrupt_flag> flag;
    std::uint32_t seen_interrupts;        ///< of the engine's
    std::uint64_t deadline = no_deadline; ///< by the engine's clock
    static constexpr std::uint64_t no_deadline = UINT64_MAX;

    struct state {
        const type_key* type;
        void* object;
        void (*destroy)(void*) noexcept;
    };
    vector<state> states;

    // What only a collection frees, beside instances that are spread.
    external_box* externals = nullptr;
    intrusive_set externals_by_payload{engine->options.allocator, &external_box::is_before, nullptr};
    spread_definition* definitions = nullptr;
    intrusive_set definitions_by_address{engine->options.allocator, &spread_definition::is_before, nullptr};
    std::size_t uncollected = 0;           ///< weight of what may have become garbage since the last collection
    std::size_t collect_at = least_weight; ///< when the next one is worth its while

    static constexpr std::size_t least_weight = 1024;
    /// Of what takes much memory; it counts where its last handle goes, and where it grows.
    [[nodiscard]] static constexpr std::size_t weight_of_bytes(std::uint64_t bytes) noexcept {
        return core::cast<std::size_t>(bytes >> 12U);
    }
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

[[gnu::cold]] inline store_data::store_data(const shared_ref<engine_state>& engine_, const store_limits& limits_,
                                            const store_services& services_, const shared_ref<interrupt_flag>& flag_)
    : services(&services_), engine(engine_), limits(limits_),
      stack_bytes(stack_pool::rounded(limits_.stack_bytes == 0 ? engine_->options.stack_bytes : limits_.stack_bytes)),
      longest_slice(engine_->tiers != nullptr ? slice_for(engine_->options.tier_up) : poll_slice),
      varies_slices(engine_->tiers != nullptr && may_vary(longest_slice)), flag(flag_),
      seen_interrupts(engine_->interrupts.load(std::memory_order_relaxed)) {}

} // namespace riser::inline v0_1::core::runtime
