#pragma once

#include <cstdint>
#include <string>

namespace riser::inline v0_1::dwarf {

/// A place in the source of a module.
struct source_location {
    std::string file;         ///< as the compiler names it: relative to where it ran, or absolute; at most 8 KiB
    std::uint64_t line = 0;   ///< from 1
    std::uint64_t column = 0; ///< from 1, in bytes; 0 where it is not known

    friend bool operator==(const source_location&, const source_location&) = default;
};

} // namespace riser::inline v0_1::dwarf
