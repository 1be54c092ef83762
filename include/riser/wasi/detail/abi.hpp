#pragma once

#include <cstdint>

// Numbers of WASI preview 1 (typenames.witx), and where they are others in its predecessor.

namespace riser::inline v0_1::wasi::detail {

/// The versions of the interface, by the module that programs import: preview 1 is `wasi_snapshot_preview1`, its predecessor
/// (snapshot 0) is `wasi_unstable`, which has another fd_seek, filestat and subscription, and no sock_accept.
enum class snapshot : std::uint8_t { unstable, preview1 };

namespace rights {
inline constexpr std::uint64_t fd_datasync = 1U << 0U;
inline constexpr std::uint64_t fd_read = 1U << 1U;
inline constexpr std::uint64_t fd_seek = 1U << 2U;
inline constexpr std::uint64_t fd_fdstat_set_flags = 1U << 3U;
inline constexpr std::uint64_t fd_sync = 1U << 4U;
inline constexpr std::uint64_t fd_tell = 1U << 5U;
inline constexpr std::uint64_t fd_write = 1U << 6U;
inline constexpr std::uint64_t fd_advise = 1U << 7U;
inline constexpr std::uint64_t fd_allocate = 1U << 8U;
inline constexpr std::uint64_t path_create_directory = 1U << 9U;
inline constexpr std::uint64_t path_create_file = 1U << 10U;
inline constexpr std::uint64_t path_link_source = 1U << 11U;
inline constexpr std::uint64_t path_link_target = 1U << 12U;
inline constexpr std::uint64_t path_open = 1U << 13U;
inline constexpr std::uint64_t fd_readdir = 1U << 14U;
inline constexpr std::uint64_t path_readlink = 1U << 15U;
inline constexpr std::uint64_t path_rename_source = 1U << 16U;
inline constexpr std::uint64_t path_rename_target = 1U << 17U;
inline constexpr std::uint64_t path_filestat_get = 1U << 18U;
inline constexpr std::uint64_t path_filestat_set_size = 1U << 19U;
inline constexpr std::uint64_t path_filestat_set_times = 1U << 20U;
inline constexpr std::uint64_t fd_filestat_get = 1U << 21U;
inline constexpr std::uint64_t fd_filestat_set_size = 1U << 22U;
inline constexpr std::uint64_t fd_filestat_set_times = 1U << 23U;
inline constexpr std::uint64_t path_symlink = 1U << 24U;
inline constexpr std::uint64_t path_remove_directory = 1U << 25U;
inline constexpr std::uint64_t path_unlink_file = 1U << 26U;
inline constexpr std::uint64_t poll_fd_readwrite = 1U << 27U;
inline constexpr std::uint64_t sock_shutdown = 1U << 28U;
inline constexpr std::uint64_t sock_accept = 1U << 29U;

/// All that mean something for a regular file.
inline constexpr std::uint64_t of_file = fd_datasync | fd_read | fd_seek | fd_fdstat_set_flags | fd_sync | fd_tell |
                                         fd_write | fd_advise | fd_allocate | fd_filestat_get | fd_filestat_set_size |
                                         fd_filestat_set_times | poll_fd_readwrite;
/// All that a file has but what needs a position; what of it pipes, terminals and sockets can do, the host says.
inline constexpr std::uint64_t of_stream = of_file & ~(fd_seek | fd_tell);
inline constexpr std::uint64_t of_socket = of_stream | sock_shutdown;
inline constexpr std::uint64_t of_listener = fd_fdstat_set_flags | fd_filestat_get | poll_fd_readwrite | sock_accept;
/// All that mean something for a directory.
inline constexpr std::uint64_t of_directory =
    fd_datasync | fd_sync | path_create_directory | path_create_file | path_link_source | path_link_target | path_open |
    fd_readdir | path_readlink | path_rename_source | path_rename_target | path_filestat_get | path_filestat_set_size |
    path_filestat_set_times | fd_filestat_get | fd_filestat_set_times | path_symlink | path_remove_directory |
    path_unlink_file;
} // namespace rights

enum class filetype : std::uint8_t {
    unknown,
    block_device,
    character_device,
    directory,
    regular_file,
    socket_dgram,
    socket_stream,
    symbolic_link,
};

enum class event_type : std::uint8_t { clock, fd_read, fd_write };

namespace fdflags {
inline constexpr std::uint32_t append = 1;
inline constexpr std::uint32_t dsync = 2;
inline constexpr std::uint32_t nonblock = 4;
inline constexpr std::uint32_t rsync = 8;
inline constexpr std::uint32_t sync = 16;
inline constexpr std::uint32_t all = 31;
} // namespace fdflags

namespace oflags {
inline constexpr std::uint32_t creat = 1;
inline constexpr std::uint32_t directory = 2;
inline constexpr std::uint32_t excl = 4;
inline constexpr std::uint32_t trunc = 8;
inline constexpr std::uint32_t all = 15;
} // namespace oflags

namespace fstflags {
inline constexpr std::uint32_t atim = 1;
inline constexpr std::uint32_t atim_now = 2;
inline constexpr std::uint32_t mtim = 4;
inline constexpr std::uint32_t mtim_now = 8;
inline constexpr std::uint32_t all = 15;
} // namespace fstflags

inline constexpr std::uint32_t lookup_symlink_follow = 1;
inline constexpr std::uint16_t subscription_clock_abstime = 1;
inline constexpr std::uint16_t event_readwrite_hangup = 1;

// Sizes of records in guest memory.
inline constexpr std::uint32_t iovec_size = 8;
inline constexpr std::uint32_t fdstat_size = 24;
inline constexpr std::uint32_t dirent_size = 24;
inline constexpr std::uint32_t prestat_size = 8;
inline constexpr std::uint32_t event_size = 32;
[[nodiscard]] constexpr std::uint32_t filestat_size(snapshot version) noexcept {
    return version == snapshot::preview1 ? 64 : 56;
}
[[nodiscard]] constexpr std::uint32_t subscription_size(snapshot version) noexcept {
    return version == snapshot::preview1 ? 48 : 56;
}

} // namespace riser::inline v0_1::wasi::detail
