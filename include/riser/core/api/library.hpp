#pragma once

#if defined(__linux__)
#    include "riser/core/memory/os_linux_library.hpp"
#endif

namespace riser::inline v0_1::core::runtime {

/// See memory::os::keep_loaded.
inline void keep_loaded([[maybe_unused]] const void* code) noexcept {
#if defined(__linux__)
    memory::os::keep_loaded(code);
#endif
}

} // namespace riser::inline v0_1::core::runtime
