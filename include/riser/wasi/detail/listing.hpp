#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/filetype_of.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/unique_fd.hpp"
#include "riser/wasi/errc.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace riser::inline v0::wasi::detail {

struct directory_entry {
    std::string name;
    std::uint64_t inode;
    filetype type;
};

/// What was in a directory when a guest began to read it. Cookies are places in here, so that they stay right whatever
/// happens in the directory until the guest begins anew.
using listing = std::vector<directory_entry>;

[[nodiscard]] inline filetype filetype_of_entry(int directory, const dirent& entry) noexcept {
    switch (entry.d_type) {
    case DT_BLK: return filetype::block_device;
    case DT_CHR: return filetype::character_device;
    case DT_DIR: return filetype::directory;
    case DT_REG: return filetype::regular_file;
    case DT_LNK: return filetype::symbolic_link;
    case DT_SOCK: return filetype::socket_stream;
    case DT_FIFO: return filetype::unknown;
    default: break; // some file systems do not say
    }
    struct stat status;
    return ::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? filetype_of(status.st_mode)
                                                                                 : filetype::unknown;
}

/// Reads all of `directory`, with `.` and `..`, and charges for what that takes.
[[nodiscard]] inline errc read_directory(const guest_memory& memory, int directory, listing& entries) {
    // Opened anew, for a position of its own.
    unique_fd own(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!own) {
        return last_error();
    }
    struct closer {
        void operator()(DIR* stream) const noexcept { ::closedir(stream); }
    };
    const std::unique_ptr<DIR, closer> stream(::fdopendir(own.get()));
    if (!stream) {
        return last_error();
    }
    static_cast<void>(own.release()); // the stream closes it
    std::uint64_t bytes = 0;          // not charged yet
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) {
            const errc failure = last_error(); // success at the end
            return failure == errc::success ? memory.charge(bytes) : failure;
        }
        entries.push_back(
            {entry->d_name, static_cast<std::uint64_t>(entry->d_ino), filetype_of_entry(directory, *entry)});
        bytes += dirent_size + entries.back().name.size();
        if (bytes >= largest_piece) {
            if (const errc failure = memory.charge(bytes); failure != errc::success) {
                return failure;
            }
            bytes = 0;
        }
    }
}

} // namespace riser::inline v0::wasi::detail
