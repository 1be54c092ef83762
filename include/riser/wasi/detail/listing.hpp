#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/filetype_of.hpp"
#include "riser/wasi/detail/growing_array.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/unique_fd.hpp"
#include "riser/wasi/errc.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace riser::inline v0_1::wasi::detail {

/// An entry of a directory. The name is valid as long as its listing stays as it is.
struct directory_entry {
    std::string_view name;
    std::uint64_t inode;
    filetype type;
};

/// What was in a directory when a guest began to read it. Cookies are places in here, so that they stay right whatever
/// happens in the directory until the guest begins anew.
class listing {
public:
    /// \param most what bytes() may become. \returns nomem where it would be more, or there is no memory.
    [[nodiscard]] errc append(const directory_entry& entry, std::uint64_t most) noexcept {
        if (bytes() + sizeof(record) + entry.name.size() > most) {
            return errc::nomem;
        }
        if (const errc failure = names_.append(entry.name); failure != errc::success) {
            return failure;
        }
        return records_.append({names_.size() - entry.name.size(), entry.name.size(), entry.inode, entry.type});
    }

    [[nodiscard]] std::size_t size() const noexcept { return records_.size(); } ///< in entries
    [[nodiscard]] directory_entry operator[](std::size_t at) const noexcept {
        const record& found = records_[at];
        return {{names_.data() + found.name_at, found.name_size}, found.inode, found.type};
    }
    /// The memory that it fills; what it takes to grow is up to three times that.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return records_.size() * sizeof(record) + names_.size(); }

private:
    struct record {
        std::size_t name_at;
        std::size_t name_size;
        std::uint64_t inode;
        filetype type;
    };

    growing_array<char> names_;
    growing_array<record> records_;
};

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

/// How many entries are read or given to the guest between two looks for an interrupt.
inline constexpr std::size_t entries_between_looks = 64;

/// Reads all of `directory`, with `.` and `..`, and charges for each entry. \param most as of listing::append. \returns intr
/// where the call has to end.
[[nodiscard]] inline errc read_directory(const guest_memory& memory, int directory, std::uint64_t most,
                                         listing& entries) {
    constexpr std::uint64_t operators_per_entry = 16; // some hundred nanoseconds of the system
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
    for (;;) {
        errno = 0;
        const dirent* const entry = ::readdir(stream.get());
        if (entry == nullptr) {
            return last_error(); // success at the end
        }
        if (const errc failure = memory.charge_operators(operators_per_entry); failure != errc::success) {
            return failure;
        }
        if (entries.size() % entries_between_looks == 0 && memory.is_interrupted()) {
            return errc::intr;
        }
        const directory_entry found{entry->d_name, static_cast<std::uint64_t>(entry->d_ino),
                                    filetype_of_entry(directory, *entry)};
        if (const errc failure = entries.append(found, most); failure != errc::success) {
            return failure;
        }
    }
}

} // namespace riser::inline v0_1::wasi::detail
