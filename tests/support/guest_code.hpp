#pragma once

/// Guest code without an interpreter: a load that may fault, and where it goes then. Linux x86-64.

#include <cstdint>

#include "riser/core/memory/guarded_accesses.hpp"
#include "riser/core/memory/guest_scope.hpp"

namespace test {

/// Loads the byte at `address`. The other arguments are what handlers keep in registers.
[[gnu::naked, gnu::noinline]] inline std::uint64_t load(std::uint64_t /*pc*/, std::uint64_t /*frame*/,
                                                        std::uint64_t /*context*/, const void* /*address*/) {
    asm(RISER_MAY_FAULT("movzbl (%rcx), %eax") "\n\t"
                                               "ret");
}

/// The same from a place where registers may be anything: a fault is the host's affair.
[[gnu::naked, gnu::noinline]] inline std::uint64_t load_anywhere(std::uint64_t /*pc*/, std::uint64_t /*frame*/,
                                                                 std::uint64_t /*context*/, const void* /*address*/) {
    asm("movzbl (%rcx), %eax\n\t"
        "ret");
}

/// Where a faulting load ends: returns to the caller of `load` with 1000 and the sum of the other arguments, to show
/// that registers and stack are those of the faulting instruction.
[[gnu::naked, gnu::noinline]] inline void trap_stub() {
    asm("leaq 1000(%rdi,%rsi), %rax\n\t"
        "addq %rdx, %rax\n\t"
        "ret");
}

inline const riser::core::memory::guest_code guest = {&trap_stub, __start_riser_may_fault, __stop_riser_may_fault};

/// A load in the guest. \returns the byte, or 1006 where it trapped
inline std::uint64_t guest_load(const void* address) {
    const auto* const outer = riser::core::memory::enter_guest(&guest);
    const std::uint64_t result = load(1, 2, 3, address);
    riser::core::memory::restore_guest(outer);
    return result;
}
inline constexpr std::uint64_t trapped = 1006;

/// A load by the host.
inline std::uint64_t host_load(const void* address) { return load(1, 2, 3, address); }

} // namespace test
