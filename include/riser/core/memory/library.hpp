#pragma once

/// The library that riser is part of. On other systems nothing of riser outlives it.

namespace riser::inline v0_1::core::memory::os {

#if defined(__linux__)

/// Dl_info and the flags of dlopen, which C libraries for Linux agree on. <dlfcn.h> is not included, because this is also part of
/// engines that include no header of the system.
struct library_of_address {
    const char* path;
    void* base;
    const char* symbol;
    void* symbol_address;
};
inline constexpr int resolve_now = 2;
inline constexpr int only_if_loaded = 4;
inline constexpr int never_unload = 0x1000;

/// dlopen where the program has it: a weak reference asks for no library, and static programs are not warned of it.
[[gnu::weak]] void* open_library(const char* path, int mode) noexcept asm("dlopen");
[[gnu::weak]] int find_library(const void* address, library_of_address* found) noexcept asm("dladdr");

/// Has the library that contains `code` stay loaded until the process ends: a function that others may call from now on. That very
/// function, since the linker may have taken others and variables from another library. Nothing where it is the program's.
[[gnu::cold]] inline void keep_loaded(const void* code) noexcept {
    library_of_address library{};
    if (open_library != nullptr && find_library != nullptr && find_library(code, &library) != 0) {
        open_library(library.path, resolve_now | only_if_loaded | never_unload);
    }
}

#else

inline void keep_loaded(const void*) noexcept {}

#endif

} // namespace riser::inline v0_1::core::memory::os
