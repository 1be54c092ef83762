#pragma once

#include "riser/config.hpp"
#include "riser/core/base/references.hpp"
#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/store_limits.hpp"
#include "riser/value.hpp"

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

RISER_INLINE void raise_interrupt(interrupt_flag& flag) noexcept;

/// Identifies a type of per-store state, by address.
template <class T>
inline constexpr char state_tag = 0;

RISER_INLINE void set_state(store_data& store, const void* tag, void* object, void (*destroy)(void*) noexcept);
[[nodiscard]] RISER_INLINE void* find_state(const store_data& store, const void* tag) noexcept;
[[nodiscard]] RISER_INLINE const shared_ref<engine_state>& engine_of(const store_data& store) noexcept;

} // namespace core::runtime

/// Stops what runs in a store. May be copied to and used by any thread, by signal handlers, and after the store is gone.
class interrupt_handle {
public:
    /// The running call, or else the next one, ends with trap_kind::interrupted within some microseconds of guest work.
    /// Also stops start functions, bulk instructions, and WASI functions that wait. Async-signal-safe.
    void interrupt() const noexcept { core::runtime::raise_interrupt(*flag_); }

    explicit interrupt_handle(core::runtime::shared_ref<core::runtime::interrupt_flag> flag) noexcept
        : flag_(std::move(flag)) {}

private:
    core::runtime::shared_ref<core::runtime::interrupt_flag> flag_;
};

/// Where instances live (Core specification 4.2.3). Used by one thread at a time, with everything that lives in it; may move
/// from thread to thread between calls. Handles (instance, function, memory, …) keep what they refer to alive, also after
/// the store object is gone; then it can still be looked at, but calls fail.
class store {
public:
    /// \returns resource_error where there is no memory for it.
    [[nodiscard]] static RISER_INLINE result<riser::store> try_create(const engine_base& maker,
                                                                      const store_limits& limits = {});
#if defined(__cpp_exceptions)
    explicit store(const engine_base& maker, const store_limits& limits = {})
        : store(try_create(maker, limits).value()) {}
#endif
    store(store&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
    store& operator=(store&& other) noexcept {
        std::swap(data_, other.data_);
        return *this;
    }
    RISER_INLINE ~store();

    // State of host functions, one object for each type; they reach it by caller::get. Dies with the store.

    /// Makes the state of type T, in place of an older one.
    template <class T, class... Args>
    T& emplace(Args&&... args) {
        T* const made = new T(std::forward<Args>(args)...);
        core::runtime::set_state(*data_, &core::runtime::state_tag<T>, made,
                                 [](void* object) noexcept { delete static_cast<T*>(object); });
        return *made;
    }
    /// The state of type T; null where there is none.
    template <class T>
    [[nodiscard]] T* find() const noexcept {
        return static_cast<T*>(core::runtime::find_state(*data_, &core::runtime::state_tag<T>));
    }
    /// The same, which must exist.
    template <class T>
    [[nodiscard]] T& get() const noexcept {
        T* const found = find<T>();
        if (found == nullptr) {
            std::abort();
        }
        return *found;
    }

    [[nodiscard]] RISER_INLINE riser::interrupt_handle interrupt_handle() const noexcept;
    /// Forgets an interrupt that came when nothing ran.
    RISER_INLINE void clear_interrupt() noexcept;

    /// Calls may use this many wasm operators from now on, then they end with trap_kind::out_of_fuel. What is charged is
    /// the same in every tier and on every machine. May be called by host functions.
    RISER_INLINE void set_fuel(std::uint64_t operators) noexcept;
    RISER_INLINE void set_unlimited_fuel() noexcept;
    /// What is left; empty where unlimited.
    [[nodiscard]] RISER_INLINE std::optional<std::uint64_t> fuel() const noexcept;

    /// A reference that wasm can hold to something of the host. Equal payloads give equal references. Never null, also for
    /// payload 0. What it takes is given back when nobody can reach it any more. \returns resource_error
    [[nodiscard]] RISER_INLINE result<ref<riser::external>> try_external(std::uint64_t payload);
    [[nodiscard]] result<ref<riser::external>> try_external(void* payload) {
        return try_external(core::cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(payload)));
    }
#if defined(__cpp_exceptions)
    template <class Payload>
    [[nodiscard]] ref<riser::external> external(Payload payload) {
        return try_external(payload).value();
    }
#endif

    /// Frees what nobody can reach any more now: instances, functions of the host and external references that wasm has handed
    /// around. It is done without being asked for, when enough has come together.
    RISER_INLINE void collect_garbage() noexcept;

    [[nodiscard]] core::runtime::store_data& data() const noexcept { return *data_; }

private:
    explicit store(core::runtime::store_data* data) noexcept : data_(data) {}
    core::runtime::store_data* data_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/store.hpp"
#endif
