#pragma once

/// Handling SIGSEGV and SIGBUS beside others who do, on Linux x86-64. Knows no memory: a filter says which faults are
/// ours.

#include "riser/core/memory/guest_scope.hpp"
#include "riser/core/memory/library.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <csignal>
#include <ucontext.h>

namespace riser::inline v0_1::core::memory::os {

/// Whether this thread lets the signals of faults through; a fault while its signal is blocked ends the process.
/// \param unblocks whether to unblock them where it does not
[[nodiscard, gnu::cold]] inline bool receives_faults(bool unblocks) noexcept {
    ::sigset_t blocked;
    if (::pthread_sigmask(SIG_BLOCK, nullptr, &blocked) != 0) {
        return false;
    }
    if (::sigismember(&blocked, SIGSEGV) == 0 && ::sigismember(&blocked, SIGBUS) == 0) {
        return true;
    }
    ::sigset_t faults;
    ::sigemptyset(&faults);
    ::sigaddset(&faults, SIGSEGV);
    ::sigaddset(&faults, SIGBUS);
    return unblocks && ::pthread_sigmask(SIG_UNBLOCK, &faults, nullptr) == 0;
}

/// Says where the thread continues whose instruction at `pc` faulted at `address`. Runs in the handler.
using fault_filter = fault_resumption (*)(std::uintptr_t address, std::uintptr_t pc) noexcept;

/// What was installed for a signal before us, in one word, so that the handler reads all of it or nothing.
class previous_handler {
public:
    void set(const struct sigaction& action) noexcept {
        const bool has_info = (action.sa_flags & SA_SIGINFO) != 0;
        const auto address = has_info ? reinterpret_cast<std::uintptr_t>(action.sa_sigaction)
                                      : reinterpret_cast<std::uintptr_t>(action.sa_handler);
        const bool is_once = (action.sa_flags & static_cast<int>(SA_RESETHAND)) != 0;
        word_.store(address | (has_info ? with_info : 0) | (is_once ? once : 0), std::memory_order_release);
    }

    /// Does what the kernel would have done, had we not been there.
    [[gnu::cold]] void forward(int signal, ::siginfo_t* info, void* context) noexcept {
        std::uintptr_t word = word_.load(std::memory_order_acquire);
        if ((word & once) != 0) {
            word = word_.exchange(default_action, std::memory_order_acq_rel);
        }
        const std::uintptr_t address = word & ~(with_info | once);
        const bool is_fault = info->si_code > 0; // the kernel's; else somebody sent it
        if (address == ignore_action && !is_fault) {
            return;
        }
        if (address == default_action || address == ignore_action) { // faults cannot be ignored
            die_of(signal, is_fault);
        } else if ((word & with_info) != 0) {
            reinterpret_cast<void (*)(int, ::siginfo_t*, void*)>(address)(signal, info, context);
        } else {
            reinterpret_cast<void (*)(int)>(address)(signal);
        }
    }

private:
    // No address of user space has these bits.
    static constexpr std::uintptr_t with_info = std::uintptr_t{1} << 63U;
    static constexpr std::uintptr_t once = std::uintptr_t{1} << 62U;
    static constexpr std::uintptr_t default_action = 0; // SIG_DFL and SIG_IGN, which are no constant expressions
    static constexpr std::uintptr_t ignore_action = 1;

    /// By the default action: the instruction faults again once the handler has returned; what was sent is sent again.
    [[gnu::cold]] static void die_of(int signal, bool is_fault) noexcept {
        struct sigaction action{};
        action.sa_handler = SIG_DFL;
        ::sigaction(signal, &action, nullptr);
        if (!is_fault) {
            ::raise(signal);
        }
    }

    std::atomic<std::uintptr_t> word_;
};

/// Our handlers for one signal: each forwards to one handler of somebody else, always the same, so that a chain through
/// several of ours never becomes a ring. There is more than one only where somebody has replaced ours and new engines
/// came later: whether theirs calls ours cannot be known. Not thread-safe, except that signals may arrive at any time.
template <int Signal, fault_filter Filter>
class signal_layers {
public:
    /// Ours becomes the current handler if it is not.
    /// \returns false where the system refuses, or where ours was put in front of too many different handlers
    [[nodiscard, gnu::cold]] static bool install() noexcept {
        struct sigaction current{};
        if (::sigaction(Signal, nullptr, &current) != 0) {
            return false;
        }
        if (layer_of(current) != count_) {
            return true;
        }
        const std::size_t layer = layer_before(current);
        if (layer == limit) {
            return false;
        }
        // Known before it is needed: a signal may arrive as soon as ours is installed.
        previous_[layer].set(current);
        struct sigaction action{};
        action.sa_sigaction = handlers[layer];
        action.sa_mask = current.sa_mask;
        // On the alternate stack if the thread has one, which Go and Java insist on; the rest as whoever was there
        // wants it.
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | (current.sa_flags & (SA_RESTART | SA_NODEFER));
        if (::sigaction(Signal, &action, nullptr) != 0) {
            return false;
        }
        originals_[layer] = current;
        count_ = layer == count_ ? count_ + 1 : count_;
        return true;
    }

    /// The handler that is installed first.
    [[nodiscard]] static const void* first_handler() noexcept { return reinterpret_cast<const void*>(handlers[0]); }

    /// What was there before us is back, if ours is the current handler; else ours stays, and passes everything on.
    static void remove() noexcept {
        struct sigaction current{};
        if (::sigaction(Signal, nullptr, &current) == 0 && layer_of(current) != count_) {
            ::sigaction(Signal, &originals_[layer_of(current)], nullptr);
        }
    }

private:
    static constexpr std::size_t limit = 8;
    using handler = void (*)(int, ::siginfo_t*, void*);

    /// Which of ours this is, or `count_`.
    [[nodiscard]] static std::size_t layer_of(const struct sigaction& action) noexcept {
        std::size_t layer = 0;
        while (layer < count_ && ((action.sa_flags & SA_SIGINFO) == 0 || action.sa_sigaction != handlers[layer])) {
            ++layer;
        }
        return layer;
    }

    /// Which of ours forwards to this, or the next that is unused, or `limit`.
    [[nodiscard, gnu::cold]] static std::size_t layer_before(const struct sigaction& action) noexcept {
        std::size_t layer = 0;
        while (layer < count_ && (originals_[layer].sa_sigaction != action.sa_sigaction ||
                                  originals_[layer].sa_flags != action.sa_flags)) {
            ++layer;
        }
        return layer;
    }

    /// The codes that mean an access which the page tables forbid, as opposed to a broken memory chip or a protection
    /// key.
    [[nodiscard]] static bool is_access_fault(int code) noexcept {
        return Signal == SIGSEGV ? code == SEGV_MAPERR || code == SEGV_ACCERR : code == BUS_ADRERR;
    }

    /// \param previous whom the handler forwards to
    [[gnu::cold, gnu::noinline]] static void answer(int signal, ::siginfo_t* info, void* context,
                                                    previous_handler& previous) {
        const int saved_errno = errno;
        auto& registers = static_cast<::ucontext_t*>(context)->uc_mcontext.gregs;
        fault_resumption at;
        if (is_access_fault(info->si_code)) {
            at = Filter(reinterpret_cast<std::uintptr_t>(info->si_addr),
                        static_cast<std::uintptr_t>(registers[REG_RIP]));
        }
        if (at.landing == nullptr) {
            previous.forward(signal, info, context);
        } else {
            if (at.is_called) {
                push(registers[REG_RSP], registers[REG_RIP]);
            } else {
                registers[REG_RCX] = static_cast<::greg_t>(reinterpret_cast<std::uintptr_t>(info->si_addr));
            }
            registers[REG_RIP] = static_cast<::greg_t>(reinterpret_cast<std::uintptr_t>(at.landing));
        }
        errno = saved_errno;
    }

    /// What a sanitizer knows of that stack is of frames that are left.
    [[gnu::no_sanitize_address]] static void push(::greg_t& stack, ::greg_t word) noexcept {
        stack -= static_cast<::greg_t>(sizeof word);
        *reinterpret_cast<::greg_t*>(stack) = word;
    }

    template <std::size_t Layer>
    static void handle(int signal, ::siginfo_t* info, void* context) {
        answer(signal, info, context, previous_[Layer]);
    }

    template <std::size_t... Layers>
    static constexpr std::array<handler, limit> make_handlers(std::index_sequence<Layers...>) noexcept {
        return {&handle<Layers>...};
    }
    static constexpr std::array<handler, limit> handlers = make_handlers(std::make_index_sequence<limit>());

    static inline std::size_t count_ = 0;
    static inline struct sigaction originals_[limit] = {};
    static inline constinit previous_handler previous_[limit] = {};
};

} // namespace riser::inline v0_1::core::memory::os
