#pragma once

#include "riser/core/api/create.hpp"
#include "riser/core/api/handles.hpp"
#include "riser/core/api/interrupt_waker.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/execute/fuel.hpp"
#include "riser/core/execute/interrupts.hpp"
#include "riser/core/execute/store_services.hpp"
#include "riser/core/execute/store_state.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/store.hpp"

#include <atomic>
#include <cstddef>
#include <new>
#include <span>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

RISER_INLINE void raise_interrupt(interrupt_flag& flag) noexcept {
    flag.raised.store(1, std::memory_order_seq_cst);
    wake_waiting();
}

[[nodiscard]] inline store_data::state* entry_of(const store_data& store, const type_key& type) noexcept {
    const auto all = std::span(store.states.begin(), store.states.end());
    for (const store_data::state& state : all) {
        if (state.type == &type) {
            return const_cast<store_data::state*>(&state);
        }
    }
    for (const store_data::state& state : all) {
        if (is_same_type(*state.type, type)) {
            return const_cast<store_data::state*>(&state);
        }
    }
    return nullptr;
}

[[gnu::cold]] RISER_INLINE void set_state(store_data& store, const type_key& type, void* object,
                                          void (*destroy)(void*) noexcept) {
    if (store_data::state* const known = entry_of(store, type)) {
        const store_data::state old = std::exchange(*known, {&type, object, destroy});
        old.destroy(old.object); // which may set others
    } else {
        store.states.push_back({&type, object, destroy});
    }
}

RISER_INLINE void* find_state(const store_data& store, const type_key& type) noexcept {
    const store_data::state* const found = entry_of(store, type);
    return found == nullptr ? nullptr : found->object;
}

RISER_INLINE void* get_state(const store_data& store, const type_key& type) {
    void* const found = find_state(store, type);
    if (found == nullptr) [[unlikely]] {
        throw_or_end(
            usage_failure({"the store has no state of the type ", type.spelling, ": store::emplace makes it"}));
    }
    return found;
}

[[nodiscard]] inline result<ref<external>> make_external_reference(store_data& store, std::uint64_t payload) {
    const external_box* const box = make_external(store, payload);
    if (box == nullptr) {
        return resource_failure("out of memory: no room for an external reference");
    }
    return ref<external>(counted_reference(word_of(box), &store));
}

RISER_INLINE const shared_ref<engine_state>& engine_of(const store_data& store) noexcept { return store.engine; }

/// What is wrong with the protection of a store with such limits; null: nothing.
[[nodiscard, gnu::cold]] inline const char* missing_protection(const engine_state& engine,
                                                               const store_limits& limits) noexcept {
    const auto has = [&](memory::memory_mode mode) {
        return engine.ops->handlers[static_cast<std::size_t>(mode)] != nullptr;
    };
    const core::protection wanted = limits.protection.value_or(engine.options.protection);
    if (wanted == core::protection::guards && !has(memory::memory_mode::signaling)) {
        return "protection::guards: the engine's memory policy has no guard pages; memory_policy::adaptive and "
               "signaling have "
               "them, on Linux x86-64";
    }
    if (wanted == core::protection::checks && !has(memory::memory_mode::bounds_checking)) {
        return "protection::checks: the engine's memory policy has no bounds checks; those of riser all have";
    }
    return nullptr;
}

} // namespace core::runtime

RISER_INLINE result<riser::store> store::try_create(const engine_base& maker, const store_limits& limits) {
    using namespace core::runtime;
    if (const char* const problem = missing_protection(*maker.state(), limits)) {
        return usage_failure(problem);
    }
    const auto flag = shared_ref<interrupt_flag>::adopt(new (std::nothrow) interrupt_flag);
    auto* const made = flag ? core::make_object<store_state>(maker.state()->options.allocator, maker.state(), limits,
                                                             standard_services, flag)
                            : nullptr;
    if (made == nullptr) {
        return resource_failure("out of memory: no room for a store");
    }
    return store(made);
}

RISER_INLINE store::~store() {
    if (data_ == nullptr) {
        return;
    }
    data_->closed = true;
    if (data_->activations == 0) {
        core::runtime::destroy_states(*data_);
    }
    core::runtime::release_store(*data_);
}

RISER_INLINE riser::interrupt_handle store::interrupt_handle() const { return riser::interrupt_handle(data().flag); }
RISER_INLINE void store::clear_interrupt() { core::runtime::forget_interrupts(data()); }

RISER_INLINE void store::set_nanoseconds_left(std::uint64_t nanoseconds) {
    core::runtime::set_time_left(data(), nanoseconds);
}
RISER_INLINE void store::clear_deadline() { data().deadline = core::runtime::store_data::no_deadline; }

RISER_INLINE void store::set_fuel(std::uint64_t operators) { core::runtime::set_fuel(data(), operators); }
RISER_INLINE void store::set_unlimited_fuel() { core::runtime::set_fuel(data(), std::nullopt); }
RISER_INLINE std::optional<std::uint64_t> store::fuel() const { return core::runtime::remaining_fuel(data()); }

RISER_INLINE result<ref<riser::external>> store::try_external(std::uint64_t payload) {
    if (data_ == nullptr) {
        return core::runtime::moved_from("store");
    }
    const core::runtime::store_guard guard(*data_); // a collection runs destructors of the embedder's
    return core::runtime::make_external_reference(*data_, payload);
}
RISER_INLINE void store::collect_garbage() {
    core::runtime::store_data& collected = data(); // destructors may drop this object
    const core::runtime::store_guard guard(collected);
    static_cast<void>(collected.services->collect(collected));
}

} // namespace riser::inline v0_1
