#pragma once

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {
class code_map;
}

namespace riser::inline v0_1::core::memory {

/// Where a thread continues whose access faulted.
struct fault_resumption {
    void (*landing)() = nullptr; ///< null: the fault is none of ours. Never called by C++
    /// Whether the access seems to have called the landing: its own address is what that would return to, and all other registers are
    /// as they were. Else the stack stays as it was, and the faulting address is in rcx, the fourth argument.
    bool is_called = false;
};

/// Code that may fault: at which of its instructions registers are what the landing relies on.
struct guarded_code {
    void (*landing)(); ///< where a thread continues whose access faulted; never called
    /// The instructions, each as the distance from where it is written down. Not sorted: there are some hundreds, and a trap
    /// by a signal costs more than to look through them.
    const std::int32_t* sites;
    const std::int32_t* sites_end;

    // Native code, in engines that have any: where a thread continues, as if called, and whether `pc` is a site in the native code that is in the map.
    void (*native_landing)() = nullptr;
    bool (*has_native)(const runtime::code_map& map, std::uintptr_t pc) noexcept = nullptr;
    const runtime::code_map* code = nullptr;

    [[nodiscard]] bool has(std::uintptr_t pc) const noexcept {
        for (const std::int32_t* site = sites; site != sites_end; ++site) {
            if (reinterpret_cast<std::uintptr_t>(site) + static_cast<std::uintptr_t>(std::intptr_t{*site}) == pc) {
                return true;
            }
        }
        return false;
    }

    /// Where a thread continues whose access at `pc` faulted, if that is of this code.
    [[nodiscard]] fault_resumption resumption_at(std::uintptr_t pc) const noexcept {
        if (has(pc)) {
            return {landing, false};
        }
        return code != nullptr && has_native(*code, pc) ? fault_resumption{native_landing, true} : fault_resumption{};
    }
};

/// "In guest": the code that this thread runs and that may fault; null while it runs anything else. Two members say so at
/// each border:
///
///     const guarded_code* outer = enter_guest(&code);  ...handlers run...  restore_guest(outer);   // an activation
///     const guarded_code* guest = leave_guest();       ...the host runs... restore_guest(guest);   // a call of the host
///
/// The model keeps the fault handler from allocating the variable, which it must not.
#if defined(__ELF__)
[[gnu::tls_model("initial-exec")]]
#endif
inline constinit thread_local std::atomic<const guarded_code*> running_guest = nullptr;

/// Whether the signals of faults reach the handler in a thread; \param unblocks whether it may see to that. Null as long as the process
/// has no handler, since there are no guarded memories.
using thread_check = bool (*)(bool unblocks) noexcept;
inline constinit std::atomic<thread_check> check_thread = nullptr;

/// Whether check_thread has been answered by yes in this thread.
inline constinit thread_local bool is_thread_checked = false;

[[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
restore_guest(const guarded_code* code) noexcept {
    // Accesses to guest memory must not be moved across the border.
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    running_guest.store(code, std::memory_order_relaxed);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/// \returns what to hand to restore_guest afterwards
[[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function,
  gnu::no_instrument_function]] inline const guarded_code*
enter_guest(const guarded_code* code) noexcept {
    const guarded_code* const outer = running_guest.load(std::memory_order_relaxed);
    restore_guest(code);
    return outer;
}

/// \returns what to hand to restore_guest afterwards
[[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function,
  gnu::no_instrument_function]] inline const guarded_code*
leave_guest() noexcept {
    return enter_guest(nullptr);
}

} // namespace riser::inline v0_1::core::memory
