#pragma once

#include "riser/core/api/create.hpp"
#include "riser/core/api/handles.hpp"
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

namespace riser::inline v0_1 {

namespace core::runtime {

RISER_INLINE void raise_interrupt(interrupt_flag& flag) noexcept { flag.raised.store(1, std::memory_order_release); }

[[gnu::cold]] RISER_INLINE void set_state(store_data& store, const void* tag, void* object,
                                          void (*destroy)(void*) noexcept) {
    for (store_data::state& state : store.states) {
        if (state.tag == tag) {
            state.destroy(state.object);
            state.object = object;
            return;
        }
    }
    store.states.push_back({tag, object, destroy});
}

RISER_INLINE void* find_state(const store_data& store, const void* tag) noexcept {
    for (const store_data::state& state : store.states) {
        if (state.tag == tag) {
            return state.object;
        }
    }
    return nullptr;
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

RISER_INLINE riser::interrupt_handle store::interrupt_handle() const noexcept {
    return riser::interrupt_handle(data_->flag);
}
RISER_INLINE void store::clear_interrupt() noexcept { core::runtime::forget_interrupts(*data_); }

RISER_INLINE void store::set_nanoseconds_left(std::uint64_t nanoseconds) noexcept {
    core::runtime::set_time_left(*data_, nanoseconds);
}
RISER_INLINE void store::clear_deadline() noexcept { data_->deadline = core::runtime::store_data::no_deadline; }

RISER_INLINE void store::set_fuel(std::uint64_t operators) noexcept { core::runtime::set_fuel(*data_, operators); }
RISER_INLINE void store::set_unlimited_fuel() noexcept { core::runtime::set_fuel(*data_, std::nullopt); }
RISER_INLINE std::optional<std::uint64_t> store::fuel() const noexcept { return core::runtime::remaining_fuel(*data_); }

RISER_INLINE result<ref<riser::external>> store::try_external(std::uint64_t payload) {
    const core::runtime::store_guard guard(*data_); // a collection runs destructors of the embedder's
    return core::runtime::make_external_reference(*data_, payload);
}
RISER_INLINE void store::collect_garbage() noexcept {
    const core::runtime::store_guard guard(*data_);
    static_cast<void>(data_->services->collect(*data_));
}

} // namespace riser::inline v0_1
