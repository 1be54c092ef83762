#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/instance.hpp"
#include "riser/store.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace riser::inline v0_1 {

/// Who called a host function: its first parameter, if it wants to know. Of the call, so that there are no copies of it.
class caller {
public:
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    /// The state of type T that store::emplace made; null where there is none.
    template <class T>
    [[nodiscard]] T* find() const noexcept {
        return static_cast<T*>(core::runtime::find_state(store_data(), core::type_key_of<T>));
    }
    /// The same; a usage_error where there is none.
    template <class T>
    [[nodiscard]] T& get() const {
        return *static_cast<T*>(core::runtime::get_state(store_data(), core::type_key_of<T>));
    }

    /// The calling instance; empty where the host called the host function.
    [[nodiscard]] RISER_INLINE std::optional<riser::instance> instance() const noexcept;

    /// Where the running call is, as trap::backtrace: the function that called this one, then its callers, across instances and host
    /// functions; at most 64 frames.
    [[nodiscard]] RISER_INLINE std::vector<trap_frame> backtrace() const;

    /// A function pointer of C, which is an index into the table that the calling instance exports as "__indirect_function_table"
    /// (wasm-ld --export-table), as a function of this signature.
    /// \returns usage_error where there is no such export, else what table::try_function does.
    template <class Signature>
    [[nodiscard]] result<typed_function<Signature>> try_function(std::uint64_t index) const {
        return try_function_table().and_then(
            [index](const riser::table& pointers) { return pointers.template try_function<Signature>(index); });
    }
#if defined(__cpp_exceptions)
    template <class Signature>
    [[nodiscard]] typed_function<Signature> function(std::uint64_t index) const {
        return try_function<Signature>(index).value();
    }
#endif
    /// The table of the calling instance's function pointers. \returns usage_error where it exports none.
    [[nodiscard]] RISER_INLINE result<riser::table> try_function_table() const;

    /// The memory that the calling instance exports as "memory", else its memory 0, exported or not: what guest_span means, too.
    /// \returns usage_error where there is none.
    [[nodiscard]] RISER_INLINE result<riser::memory> try_memory() const;
    /// The memory that the calling instance exports under this name. \returns usage_error where there is none.
    [[nodiscard]] RISER_INLINE result<riser::memory> try_memory(std::string_view name) const;
#if defined(__cpp_exceptions)
    [[nodiscard]] riser::memory memory() const { return try_memory().value(); }
    [[nodiscard]] riser::memory memory(std::string_view name) const { return try_memory(name).value(); }
#endif
    /// The bytes of memory(); empty where there is none. Valid until the next call into wasm or growth.
    [[nodiscard]] RISER_INLINE std::span<std::byte> memory_bytes() const noexcept;
    /// Whether memory() is one that the calling instance exports as "memory".
    [[nodiscard]] RISER_INLINE bool exports_memory() const noexcept;

    /// Whether an interrupt, or the store's deadline, wants the running call to end. A host function that waits looks from time to time, then
    /// takes the interrupt and returns trap(trap_kind::interrupted).
    [[nodiscard]] RISER_INLINE bool is_interrupted() const noexcept;
    /// Takes the interrupt, so that it does not end the next call too. \returns false where there is none.
    [[nodiscard]] RISER_INLINE bool take_interrupt() const noexcept;
    /// Both in one, for host functions that wait or take long: takes the interrupt. \returns trap(interrupted), or trap(deadline_passed),
    /// which the host function returns.
    [[nodiscard]] RISER_INLINE result<void> try_poll() const;
#if defined(__cpp_exceptions)
    void poll() const { try_poll().value(); }
#endif
    /// How long guests of the store may still run, in nanoseconds, so that a host function waits no longer; UINT64_MAX where there is no
    /// deadline.
    [[nodiscard]] RISER_INLINE std::uint64_t nanoseconds_left() const noexcept;

    /// Charges the running call for work that the host does for it, so that fuel bounds that too, in wasm operators; the
    /// engine's own operations charge one for every 64 bytes. Looks for an interrupt as running code does, about every 16,384
    /// operators.
    /// \returns trap(out_of_fuel) where that was more than there is (nothing is left then), or trap(interrupted). The host function
    /// returns it, and had better not go on: the calling code ends at its next look all the same.
    [[nodiscard]] RISER_INLINE result<void> try_charge(std::uint64_t operators) const;
#if defined(__cpp_exceptions)
    void charge(std::uint64_t operators) const { try_charge(operators).value(); }
#endif

    /// As store::try_external and store::external.
    [[nodiscard]] RISER_INLINE result<ref<riser::external>> try_external(std::uint64_t payload) const;
#if defined(__cpp_exceptions)
    [[nodiscard]] ref<riser::external> external(std::uint64_t payload) const { return try_external(payload).value(); }
#endif

    explicit caller(core::runtime::execution_context& context) noexcept : context_(&context) {}
    [[nodiscard]] core::runtime::execution_context& context() const noexcept { return *context_; }
    [[nodiscard]] RISER_INLINE core::runtime::store_data& store_data() const noexcept;

private:
    core::runtime::execution_context* context_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/caller.hpp"
#endif
