#pragma once

namespace riser::inline v0_1::x64 {

/// What a processor has beyond the first ones with 64 bits, of what compilers here use.
struct processor_features {
    bool bmi1 = false;  // tzcnt
    bool bmi2 = false;  // shlx, shrx, sarx, rorx
    bool lzcnt = false; // which others execute as bsr
    bool popcnt = false;
    bool sse41 = false; // round

    /// Those of the processor that this runs on.
    [[nodiscard, gnu::cold]] static processor_features detect() noexcept {
        __builtin_cpu_init();
        // clang before 18 does not know lzcnt by name. It is bit 5 of ecx in a leaf that every 64-bit processor has.
        unsigned eax = 0x8000'0001U;
        unsigned ebx = 0;
        unsigned ecx = 0;
        unsigned edx = 0;
        asm("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
        return {__builtin_cpu_supports("bmi") != 0, __builtin_cpu_supports("bmi2") != 0, (ecx >> 5U & 1U) != 0,
                __builtin_cpu_supports("popcnt") != 0, __builtin_cpu_supports("sse4.1") != 0};
    }
};

} // namespace riser::inline v0_1::x64
