#pragma once

namespace riser::inline v0_1::x64 {

/// What a processor has beyond the first ones with 64 bits, of what compilers here use.
struct processor_features {
    bool bmi1 = false;  // tzcnt
    bool bmi2 = false;  // shlx, shrx, sarx, rorx
    bool lzcnt = false;
    bool popcnt = false;
    bool sse41 = false; // round
};

} // namespace riser::inline v0_1::x64
