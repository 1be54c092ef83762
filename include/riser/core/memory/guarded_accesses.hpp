#pragma once

#include <cstdint>

/// Which instructions may fault: the faults of these are answered, since only there are registers what the answer relies
/// on. x86-64, ELF.
///
/// Every such instruction is written in assembly with this around it, which notes where it is in a section of its own. The
/// question mark puts the note into the group of the function's section, so that it goes where the linker drops the function.
#define RISER_MAY_FAULT(instruction)                                                                                   \
    "1: " instruction "\n\t"                                                                                           \
    ".pushsection riser_may_fault, \"a?\"\n\t"                                                                         \
    ".balign 4\n\t"                                                                                                    \
    ".long 1b - .\n\t"                                                                                                 \
    ".popsection"

#if defined(__ELF__)

// The linker makes these for every program and library, or leaves them null. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const std::int32_t __start_riser_may_fault[];
[[gnu::weak, gnu::visibility("hidden")]] extern const std::int32_t __stop_riser_may_fault[];
}
// NOLINTEND(bugprone-reserved-identifier)

#endif

namespace riser::inline v0::core::memory {

/// Code that may fault, and where a thread continues whose access has: the landing finds the registers of the access. Each
/// program and library that has handlers has one.
struct guest_code {
    void (*landing)();
    const std::int32_t* first; ///< distances from each note to its instruction
    const std::int32_t* last;

    /// Runs in the fault handler.
    [[nodiscard]] bool may_fault_at(std::uintptr_t pc) const noexcept {
        const std::int32_t* note = first;
        while (note != last && reinterpret_cast<std::uintptr_t>(note) +
                                       static_cast<std::uintptr_t>(static_cast<std::intptr_t>(*note)) !=
                                   pc) {
            ++note;
        }
        return note != last;
    }
};

} // namespace riser::inline v0::core::memory
