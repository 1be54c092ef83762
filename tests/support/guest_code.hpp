#pragma once

/// Guest code without an interpreter: a load that may fault, and where it goes then. Linux x86-64.

#include <cstdint>

#include "riser/core/memory/guest_scope.hpp"

namespace test {

/// Loads the byte at `address`. The other arguments are what handlers keep in registers.
[[gnu::naked, gnu::noinline]] inline std::uint64_t load(std::uint64_t /*pc*/, std::uint64_t /*frame*/,
                                                        std::uint64_t /*context*/, const void* /*address*/) {
    asm("661: movzbl (%rcx), %eax\n\t"
        ".pushsection riser_fault_sites,\"a?\",@progbits\n\t"
        ".long 661b - .\n\t"
        ".popsection\n\t"
        "ret");
}

/// Where a faulting load ends: returns to the caller of `load` with 1000 and the sum of the other arguments, to show
/// that registers and stack are those of the faulting instruction.
[[gnu::naked, gnu::noinline]] inline void trap_stub() {
    asm("leaq 1000(%rdi,%rsi), %rax\n\t"
        "addq %rdx, %rax\n\t"
        "ret");
}

[[gnu::visibility("hidden")]] extern const std::int32_t sites[] asm("__start_riser_fault_sites");
[[gnu::visibility("hidden")]] extern const std::int32_t sites_end[] asm("__stop_riser_fault_sites");
inline constinit const riser::core::memory::guarded_code guest_code{&trap_stub, sites, sites_end};
/// The same, had nobody written down which instructions may fault.
inline constinit const riser::core::memory::guarded_code siteless_code{&trap_stub, sites, sites};

/// A load in the guest. \returns the byte, or 1006 where it trapped
inline std::uint64_t guest_load(const void* address) {
    const riser::core::memory::guarded_code* const outer = riser::core::memory::enter_guest(&guest_code);
    const std::uint64_t result = load(1, 2, 3, address);
    riser::core::memory::restore_guest(outer);
    return result;
}
inline constexpr std::uint64_t trapped = 1006;

/// A load by the host.
inline std::uint64_t host_load(const void* address) { return load(1, 2, 3, address); }

} // namespace test
