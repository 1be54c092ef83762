#pragma once

#include "riser/core/base/references.hpp"
#include "riser/core/base/vector.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// A frame of a backtrace, as it is taken down when the trap happens: cheap, and valid on any thread as long as wanted.
struct recorded_frame {
    shared_ref<module_state> module;
    std::uint32_t function = 0;
    std::uint32_t place = 0; ///< in bytecode: the word; in native code: the operator's offset in the module
    bool is_native = false;
};

using trap_record = vector<recorded_frame>;

/// Backtraces end here.
inline constexpr std::size_t most_recorded_frames = 64;

} // namespace riser::inline v0_1::core::runtime
