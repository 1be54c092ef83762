#pragma once

#if defined(__linux__)
#    include "riser/core/memory/os_linux_library.hpp"
#endif

namespace riser::inline v0_1::core::runtime {

/// Keeps the library that contains `address` loaded, for who leaves addresses of it with others.
inline void keep_loaded([[maybe_unused]] const void* address) noexcept {
#if defined(__linux__)
    memory::os::keep_loaded(address);
#endif
}

} // namespace riser::inline v0_1::core::runtime
