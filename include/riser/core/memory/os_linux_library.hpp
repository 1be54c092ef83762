#pragma once

/// The library that riser is part of, on Linux.

#include <dlfcn.h>

namespace riser::inline v0_1::core::memory::os {

/// dlopen where the program has it: a weak reference asks for no library, and static programs are not warned of it.
[[gnu::weak]] void* open_library(const char* path, int mode) noexcept asm("dlopen");
[[gnu::weak]] int find_library(const void* address, ::Dl_info* found) noexcept asm("dladdr");

/// Has the library that contains `code` stay loaded until the process ends: a function that others may call from now on. That very
/// function, since the linker may have taken others and variables from another library. Nothing where it is the program's.
[[gnu::cold]] inline void keep_loaded(const void* code) noexcept {
    ::Dl_info library{};
    if (open_library != nullptr && find_library != nullptr && find_library(code, &library) != 0) {
        open_library(library.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

} // namespace riser::inline v0_1::core::memory::os
