#pragma once

/// Memory for native code of Linux, in two ways. Included by engines with backends only.

#include "riser/core/memory/code_pages.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace riser::inline v0_1::core::memory::os {

// One file, mapped twice: code is written beside code that runs. The pages are shared with forked children, see code_memory.

/// Has no name, no disk and no right to be started as a program.
[[nodiscard, gnu::cold]] inline int open_code_file() noexcept {
    constexpr unsigned never_a_program = 8U; // MFD_NOEXEC_SEAL, Linux 6.3; vm.memfd_noexec may insist on it
    const int file = ::memfd_create("riser-code", MFD_CLOEXEC | never_a_program);
    return file < 0 && errno == EINVAL ? ::memfd_create("riser-code", MFD_CLOEXEC) : file;
}

/// Address space that faults on every access. \returns null where there is none
/// \param at in place of what is there; null: anywhere
[[nodiscard]] inline std::byte* reserve_inaccessible(std::uint64_t bytes, std::byte* at = nullptr) noexcept {
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at == nullptr ? 0 : MAP_FIXED);
    void* const base = ::mmap(at, bytes, PROT_NONE, flags, -1, 0);
    return base == MAP_FAILED ? nullptr : static_cast<std::byte*>(base);
}

/// As long as the views, without pages.
[[nodiscard, gnu::cold]] inline int open_sparse_file(const code_views& views, int& file) noexcept {
    ::rlimit longest{};
    if (::getrlimit(RLIMIT_FSIZE, &longest) == 0 && longest.rlim_cur < views.bytes) {
        return EFBIG; // making a file longer would send SIGXFSZ
    }
    file = open_code_file();
    if (file < 0) {
        return errno;
    }
    if (::ftruncate(file, static_cast<::off_t>(views.bytes)) == 0) {
        return 0;
    }
    const int error = errno;
    ::close(std::exchange(file, -1));
    return error;
}

/// The view through which the file is written.
[[nodiscard, gnu::cold]] inline int map_writable_view(code_views& views) noexcept {
    void* const base = ::mmap(nullptr, views.bytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE, views.file, 0);
    if (base == MAP_FAILED) {
        return errno;
    }
    // However a child is forked, it does not write its parent's code.
    if (::madvise(base, views.bytes, MADV_DONTFORK) != 0) {
        const int error = errno;
        ::munmap(base, views.bytes);
        return error;
    }
    views.writable = static_cast<std::byte*>(base);
    return 0;
}

/// There may be no file, or no view of it.
[[gnu::cold]] inline void release_writable(const code_views& views) noexcept {
    if (views.writable != nullptr) {
        ::munmap(views.writable, views.bytes);
    }
    if (views.file >= 0) {
        ::close(views.file);
    }
}

[[gnu::cold]] inline void release_twice(const code_views& views) noexcept {
    ::munmap(views.executable, views.bytes);
    release_writable(views);
}

[[nodiscard, gnu::cold]] inline int reserve_twice(code_views& views) noexcept {
    views.executable = reserve_inaccessible(views.bytes);
    if (views.executable == nullptr) {
        return errno;
    }
    int error = open_sparse_file(views, views.file);
    error = error != 0 ? error : map_writable_view(views);
    if (error != 0) {
        release_twice(views);
    }
    return error;
}

/// Takes memory first: where there was none when a page is written, that would raise SIGBUS. The executable view is mapped anew, as
/// PR_SET_MDWE and SELinux refuse to make a mapping executable that was not.
[[nodiscard, gnu::cold]] inline int commit_twice(const code_views& views, std::uint64_t offset,
                                                 std::uint64_t bytes) noexcept {
    const auto at = static_cast<::off_t>(offset);
    const bool done = ::fallocate(views.file, 0, at, static_cast<::off_t>(bytes)) == 0 &&
                      ::mprotect(views.writable + offset, bytes, PROT_READ | PROT_WRITE) == 0 &&
                      ::mmap(views.executable + offset, bytes, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED,
                             views.file, at) != MAP_FAILED;
    return done ? 0 : errno;
}

[[nodiscard]] inline int seal_nothing(const code_views&, std::uint64_t, std::uint64_t) noexcept { return 0; }

/// Where the system does not take pages back, as it does not take locked ones, they are kept for the next commit.
[[nodiscard, gnu::cold]] inline int decommit_twice(const code_views& views, std::uint64_t offset,
                                                   std::uint64_t bytes) noexcept {
    if (reserve_inaccessible(bytes, views.executable + offset) == nullptr) {
        return errno;
    }
    ::madvise(views.writable + offset, bytes, MADV_REMOVE);
    return 0;
}

inline void close_copy(int file) noexcept { ::close(file); }

[[nodiscard, gnu::cold]] inline int copy_twice(const code_views& views, int file, std::uint64_t offset,
                                               std::uint64_t bytes) noexcept {
    while (bytes != 0) {
        const ::ssize_t copied = ::pwrite(file, views.executable + offset, bytes, static_cast<::off_t>(offset));
        if (copied <= 0) {
            return copied == 0 ? ENOSPC : errno;
        }
        offset += static_cast<std::uint64_t>(copied);
        bytes -= static_cast<std::uint64_t>(copied);
    }
    return 0;
}

/// The child has no writable view yet, see MADV_DONTFORK.
[[nodiscard, gnu::cold]] inline int adopt_twice(code_views& views, int file) noexcept {
    ::close(std::exchange(views.file, file));
    views.writable = nullptr;
    return file < 0 ? EBADF : map_writable_view(views);
}

[[gnu::cold]] inline void abandon_twice(code_views& views) noexcept {
    const code_views left{.executable = reserve_inaccessible(views.bytes, views.executable), .bytes = views.bytes};
    release_writable(views);
    views = left;
}

// One mapping, written and then sealed. Pages are the process's own, and copied by fork().

[[nodiscard, gnu::cold]] inline int reserve_once(code_views& views) noexcept {
    views.executable = reserve_inaccessible(views.bytes);
    views.writable = views.executable;
    return views.executable == nullptr ? errno : 0;
}

[[gnu::cold]] inline void release_once(const code_views& views) noexcept { ::munmap(views.executable, views.bytes); }

[[nodiscard, gnu::cold]] inline int commit_once(const code_views& views, std::uint64_t offset,
                                                std::uint64_t bytes) noexcept {
    return ::mprotect(views.writable + offset, bytes, PROT_READ | PROT_WRITE) == 0 ? 0 : errno;
}

[[nodiscard, gnu::cold]] inline int seal_once(const code_views& views, std::uint64_t offset,
                                              std::uint64_t bytes) noexcept {
    return ::mprotect(views.executable + offset, bytes, PROT_READ | PROT_EXEC) == 0 ? 0 : errno;
}

[[nodiscard, gnu::cold]] inline int decommit_once(const code_views& views, std::uint64_t offset,
                                                  std::uint64_t bytes) noexcept {
    return reserve_inaccessible(bytes, views.executable + offset) == nullptr ? errno : 0;
}

/// Has every thread of the process execute a serializing instruction, as Intel's and AMD's manuals ask of who runs what another
/// processor wrote over code (cross-modifying code). Where the kernel lacks it, the interrupts that took the pages' translations
/// away have done so.
[[gnu::cold]] inline void synchronize_cores() noexcept {
    constexpr int sync_core = 1 << 5; // MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, of <linux/membarrier.h>
    constexpr int register_sync_core = 1 << 6;
    if (::syscall(SYS_membarrier, sync_core, 0, 0) != 0 && errno == EPERM &&
        ::syscall(SYS_membarrier, register_sync_core, 0, 0) == 0) {
        ::syscall(SYS_membarrier, sync_core, 0, 0);
    }
}

[[nodiscard, gnu::cold]] inline int at_fork(void (*prepare)(), void (*parent)(), void (*child)()) noexcept {
    return ::pthread_atfork(prepare, parent, child);
}

inline constexpr code_page_operations dual_code_pages{
    .name = "dual mapping",
    .seals = false,
    .reserve = &reserve_twice,
    .release = &release_twice,
    .commit = &commit_twice,
    .seal = &seal_nothing,
    .decommit = &decommit_twice,
    .synchronize = &synchronize_cores,
    .at_fork = &at_fork,
    .open_copy = &open_sparse_file,
    .close_copy = &close_copy,
    .copy = &copy_twice,
    .adopt = &adopt_twice,
    .abandon = &abandon_twice,
};
inline constexpr code_page_operations sealed_code_pages{
    .name = "sealed pages",
    .seals = true,
    .reserve = &reserve_once,
    .release = &release_once,
    .commit = &commit_once,
    .seal = &seal_once,
    .decommit = &decommit_once,
    .synchronize = &synchronize_cores,
    .at_fork = nullptr,
    .open_copy = nullptr,
    .close_copy = nullptr,
    .copy = nullptr,
    .adopt = nullptr,
    .abandon = nullptr,
};

/// The first that the system allows is used. Dual mapping is the faster one where functions are published one by one, and what
/// SELinux and PR_SET_MDWE allow. Sealed pages need no file, are known to profilers as generated code, and are cheap to fork.
inline constexpr const code_page_operations* code_pages[] = {&dual_code_pages, &sealed_code_pages};
/// The same where a file is the second choice.
inline constexpr const code_page_operations* anonymous_code_pages[] = {&sealed_code_pages, &dual_code_pages};

} // namespace riser::inline v0_1::core::memory::os
