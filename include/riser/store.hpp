#pragma once

#include "riser/config.hpp"
#include "riser/core/base/duration.hpp"
#include "riser/core/base/owner.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/base/type_key.hpp"
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

RISER_INLINE void set_state(store_data& store, const type_key& type, void* object, void (*destroy)(void*) noexcept);
[[nodiscard]] RISER_INLINE void* find_state(const store_data& store, const type_key& type) noexcept;
/// The same, which must exist: see throw_or_end.
[[nodiscard]] RISER_INLINE void* get_state(const store_data& store, const type_key& type);
[[nodiscard]] RISER_INLINE const shared_ref<engine_state>& engine_of(const store_data& store) noexcept;

} // namespace core::runtime

/// Stops what runs in a store. May be copied to and used by any thread, by signal handlers, and after the store is gone.
class interrupt_handle {
public:
    /// The running call, or else the next one, ends with trap_kind::interrupted within some microseconds of guest work, of native code
    /// within a millisecond or two.
    /// Also stops start functions, bulk instructions, and WASI functions that wait. Async-signal-safe.
    void interrupt() const noexcept { core::runtime::raise_interrupt(*flag_); }

    // No move empties it, so that interrupt() can never fail.
    interrupt_handle(const interrupt_handle&) noexcept = default;
    interrupt_handle& operator=(const interrupt_handle&) noexcept = default;
    ~interrupt_handle() = default;

    explicit interrupt_handle(core::runtime::shared_ref<core::runtime::interrupt_flag> flag) noexcept
        : flag_(std::move(flag)) {}

private:
    core::runtime::shared_ref<core::runtime::interrupt_flag> flag_;
};

/// Where instances live (Core specification 4.2.3). What is done with one that was moved from is a usage_error. Used by one thread at a time, with everything that lives in it; may move
/// from thread to thread between calls. Handles (instance, function, memory, …) keep what they refer to alive, also after
/// the store object is gone; then it can still be looked at, but calls fail.
class store {
public:
    /// \returns resource_error where there is no memory for it, usage_error for a protection that the engine's memory policy has not
    /// compiled.
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

    /// Makes the state of type T, in place of an older one. Shared objects that share no symbols find each other's state by the
    /// type's name, where both have run-time type information or the type has a process_name.
    template <class T, class... Args>
    T& emplace(Args&&... args) {
        core::owner<T> made(new T(std::forward<Args>(args)...));
        core::runtime::set_state(data(), core::type_key_of<T>, made.get(),
                                 [](void* object) noexcept { delete static_cast<T*>(object); });
        return *made.release();
    }
    /// The state of type T; null where there is none.
    template <class T>
    [[nodiscard]] T* find() const {
        return static_cast<T*>(core::runtime::find_state(data(), core::type_key_of<T>));
    }
    /// The same; a usage_error where there is none.
    template <class T>
    [[nodiscard]] T& get() const {
        return *static_cast<T*>(core::runtime::get_state(data(), core::type_key_of<T>));
    }

    [[nodiscard]] RISER_INLINE riser::interrupt_handle interrupt_handle() const;
    /// Forgets an interrupt that came when nothing ran.
    RISER_INLINE void clear_interrupt();

    /// Calls end with trap_kind::deadline_passed once it is over, running ones within a millisecond, later ones at once, until
    /// there is another deadline or none. Where interrupts are seen, deadlines are; nothing watches them in between: a host function
    /// that runs comes to its end first, and what called it ends up to some milliseconds later.
    /// May be called by host functions.
    /// \param time a std::chrono::duration; what is not positive is over. From 292 years on, it is none.
    template <core::duration Duration>
    void set_timeout(const Duration& time) {
        set_nanoseconds_left(core::nanoseconds_of(time));
    }
    /// The same, as a std::chrono::time_point, of whatever clock: how far it is away is looked at now.
    template <class TimePoint>
        requires core::duration<typename TimePoint::duration>
    void set_deadline(const TimePoint& when) {
        const std::uint64_t end = core::nanoseconds_of(when.time_since_epoch()); // which may be time_point::max()
        const std::uint64_t now = core::nanoseconds_of(TimePoint::clock::now().time_since_epoch());
        set_nanoseconds_left(end == UINT64_MAX ? end : end > now ? end - now : 0);
    }
    RISER_INLINE void clear_deadline();

    /// Calls may use this many wasm operators from now on, then they end with trap_kind::out_of_fuel. What is charged is
    /// the same in every tier and on every machine. May be called by host functions.
    RISER_INLINE void set_fuel(std::uint64_t operators);
    RISER_INLINE void set_unlimited_fuel();
    /// What is left; empty where unlimited.
    [[nodiscard]] RISER_INLINE std::optional<std::uint64_t> fuel() const;

    /// A reference that wasm can hold to something of the host. Equal payloads give equal references. Never null, also for
    /// payload 0. What it takes is given back when nobody can reach it any more. \returns resource_error
    [[nodiscard]] RISER_INLINE result<ref<riser::external>> try_external(std::uint64_t payload);
    [[nodiscard]] result<ref<riser::external>> try_external(void* payload) {
        return try_external(core::cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(payload)));
    }
#if defined(__cpp_exceptions)
    [[nodiscard]] ref<riser::external> external(std::uint64_t payload) { return try_external(payload).value(); }
    template <class T>
    [[nodiscard]] ref<riser::external> external(T* payload) {
        return try_external(payload).value();
    }
#endif

    /// Frees what nobody can reach any more now: instances, functions of the host and external references that wasm has handed
    /// around. It is done without being asked for, when enough has come together.
    RISER_INLINE void collect_garbage();

    [[nodiscard]] core::runtime::store_data& data() const {
        if (data_ == nullptr) [[unlikely]] {
            core::runtime::throw_or_end(core::runtime::moved_from("store"));
        }
        return *data_;
    }
    [[nodiscard]] bool is_moved_from() const noexcept { return data_ == nullptr; }

private:
    RISER_INLINE void set_nanoseconds_left(std::uint64_t nanoseconds);

    explicit store(core::runtime::store_data* data) noexcept : data_(data) {}
    core::runtime::store_data* data_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/store.hpp"
#endif
