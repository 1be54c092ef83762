#pragma once

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::memory {

/// Address space for native code, seen in two ways; whole pages of it are committed when they are needed.
struct code_views {
    std::byte* executable = nullptr; ///< where code runs
    std::byte* writable = nullptr; ///< where it is written: the same pages, or the same address where pages are sealed
    std::uint64_t bytes = 0;       ///< of each view
    int file = -1;                 ///< that both views map, if any
};

/// A way to memory that is never writable and executable through one mapping. See os_linux_code.hpp. Those that can fail return 0
/// or an error number of the system. Offsets and bytes are of whole pages.
struct code_page_operations {
    const char* name; ///< for statistics
    bool seals;       ///< pages that were sealed cannot be written

    /// Reserves views.bytes, of which none are committed. Nothing stays reserved on failure.
    int (*reserve)(code_views& views) noexcept;
    void (*release)(const code_views& views) noexcept;

    /// Makes pages writable at views.writable, with anything in them.
    int (*commit)(const code_views& views, std::uint64_t offset, std::uint64_t bytes) noexcept;
    /// Makes committed pages executable at views.executable, if they are not.
    int (*seal)(const code_views& views, std::uint64_t offset, std::uint64_t bytes) noexcept;
    /// Makes pages inaccessible at views.executable, and gives them back.
    int (*decommit)(const code_views& views, std::uint64_t offset, std::uint64_t bytes) noexcept;

    /// After this, no processor runs what it fetched from pages before they were decommitted.
    void (*synchronize)() noexcept;

    // Where a forked child would share the pages with its parent; null where fork() copies them. The parent makes the copy, before
    // it forks, and not the child: what it copied, the parent might have replaced by then.

    /// Has `prepare` called before each fork() of the process, then `parent` and `child` in the process of that name.
    int (*at_fork)(void (*prepare)(), void (*parent)(), void (*child)()) noexcept;
    /// A copy without committed pages, as a file.
    int (*open_copy)(const code_views& views, int& file) noexcept;
    void (*close_copy)(int file) noexcept;
    /// Copies committed pages to it.
    int (*copy)(const code_views& views, int file, std::uint64_t offset, std::uint64_t bytes) noexcept;
    /// In the child: views are of the copy from now on, in which pages are to be committed again. On failure, or where `file` is
    /// negative as there is no copy, views are to be abandoned.
    int (*adopt)(code_views& views, int file) noexcept;
    /// In the child: views have nothing left but their executable address space, inaccessible.
    void (*abandon)(code_views& views) noexcept;
};

} // namespace riser::inline v0_1::core::memory
