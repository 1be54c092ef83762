#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/filetype_of.hpp"
#include "riser/wasi/detail/growing_array.hpp"
#include "riser/wasi/detail/listing.hpp"
#include "riser/wasi/detail/unique_fd.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/options.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace riser::inline v0_1::wasi::detail {

enum class descriptor_kind : std::uint8_t {
    file,      ///< of the host, with a position
    stream,    ///< of the host, without: pipe, terminal
    source,    ///< a callback to read from
    sink,      ///< a callback to write to
    directory, ///< of the host
    socket,    ///< connected
    listener,  ///< a socket that accepts connections
};

/// What a descriptor number of the guest stands for.
struct descriptor {
    descriptor_kind kind = descriptor_kind::file;
    filetype type = filetype::unknown;
    unique_fd owned;
    int host = -1; ///< the host's descriptor, owned or not; -1 for callbacks
    bool is_nonblocking =
        false; ///< for the guest; the host's flag is set for all that are owned, and left as it is for others

    std::uint64_t possible = 0;            ///< rights that its kind and the way it was opened allow
    std::uint64_t base = 0;                ///< of these, what the guest has not given up
    std::uint64_t possible_inheriting = 0; ///< the same for what is opened through it
    std::uint64_t inheriting = 0;

    /// Which read-only preopen it was opened through, each being a mount of its own; 0 for what may be written.
    unsigned read_only_mount = 0;

    std::optional<std::string> preopened_as; ///< the name for the guest
    std::optional<listing> entries;          ///< of a directory that is being read

    // Of callbacks; empty for nothing and nowhere. Shared with their calls, during which the guest may close the descriptor.
    std::shared_ptr<input::source> reader;
    std::shared_ptr<const output> writer;

    void allow(std::uint64_t rights, std::uint64_t inherited = 0) noexcept {
        possible = base = rights;
        possible_inheriting = inheriting = inherited;
    }
    [[nodiscard]] bool has_position() const noexcept { return (possible & rights::fd_seek) != 0; }
    [[nodiscard]] bool is_callback() const noexcept {
        return kind == descriptor_kind::source || kind == descriptor_kind::sink;
    }
};

/// Rights that mean something for a kind of descriptor.
[[nodiscard]] constexpr std::uint64_t rights_of(descriptor_kind kind) noexcept {
    switch (kind) {
    case descriptor_kind::file: return rights::of_file;
    case descriptor_kind::stream: return rights::of_stream;
    case descriptor_kind::source: return rights::fd_read | rights::fd_filestat_get | rights::poll_fd_readwrite;
    case descriptor_kind::sink: return rights::fd_write | rights::fd_filestat_get | rights::poll_fd_readwrite;
    case descriptor_kind::directory: return rights::of_directory;
    case descriptor_kind::socket: return rights::of_socket;
    case descriptor_kind::listener: return rights::of_listener;
    }
    return 0;
}

/// \returns badf where the descriptor is of the wrong kind or not open for reading or writing, notcapable where the guest
/// has given up the right.
[[nodiscard]] inline errc check_right(const descriptor& what, std::uint64_t right) noexcept {
    if ((what.possible & right) != right) {
        return errc::badf;
    }
    return (what.base & right) == right ? errc::success : errc::notcapable;
}

[[nodiscard]] inline descriptor make_directory(unique_fd owned, std::uint64_t base, std::uint64_t inheriting) {
    descriptor made;
    made.kind = descriptor_kind::directory;
    made.type = filetype::directory;
    made.host = owned.get();
    made.owned = std::move(owned);
    made.allow(base, inheriting);
    return made;
}

/// A descriptor of the host's that is no directory. \param mode rights to read or write, or both.
[[nodiscard]] inline descriptor make_file(int host, mode_t type, std::uint64_t mode) {
    constexpr std::uint64_t read_or_write = rights::fd_read | rights::fd_write;
    descriptor made;
    made.type = filetype_of(type);
    made.host = host;
    const bool is_terminal = S_ISCHR(type) && ::isatty(host) != 0;
    if (is_terminal || (!S_ISREG(type) && !S_ISBLK(type) && ::lseek(host, 0, SEEK_CUR) < 0)) {
        made.kind = descriptor_kind::stream;
    }
    std::uint64_t allowed = rights_of(made.kind);
    if (S_ISCHR(type) && !is_terminal) {
        // libc takes a character device without these rights for a terminal; where there is no position, the host says so.
        allowed |= rights::fd_seek | rights::fd_tell;
    }
    if ((mode & rights::fd_write) == 0) {
        allowed &= ~(rights::fd_allocate | rights::fd_filestat_set_size);
    }
    made.allow(allowed & ~(read_or_write & ~mode));
    return made;
}

[[nodiscard]] inline descriptor make_listener(int host) {
    descriptor made;
    made.kind = descriptor_kind::listener;
    made.type = filetype::socket_stream;
    made.host = host;
    made.allow(rights_of(made.kind));
    return made;
}

[[nodiscard]] inline descriptor make_socket(unique_fd owned) {
    descriptor made;
    made.kind = descriptor_kind::socket;
    made.type = filetype::socket_stream;
    made.host = owned.get();
    made.owned = std::move(owned);
    made.allow(rights_of(made.kind));
    return made;
}

/// Standard input (`number` 0), output or error: what can be done with it is what its kind allows, as for native programs.
[[nodiscard]] inline descriptor make_inherited(int number) {
    struct stat status;
    const mode_t type = ::fstat(number, &status) == 0 ? status.st_mode : S_IFIFO;
    return make_file(number, type, number == 0 ? rights::fd_read : rights::fd_write);
}

[[nodiscard]] inline descriptor make_standard_input(const input& from) {
    if (from.is_inherited()) {
        return make_inherited(0);
    }
    descriptor made;
    made.kind = descriptor_kind::source;
    if (from.reader()) {
        made.reader = std::make_shared<input::source>(from.reader());
    }
    made.allow(rights_of(made.kind));
    return made;
}

[[nodiscard]] inline descriptor make_standard_output(const output& to, int number) {
    if (to.is_inherited()) {
        return make_inherited(number);
    }
    descriptor made;
    made.kind = descriptor_kind::sink;
    if (to.writer()) {
        made.writer = std::make_shared<const output>(to);
    }
    made.allow(rights_of(made.kind));
    return made;
}

/// The guest's descriptors by number. Numbers are reused, the highest first, as in wasmtime: a guest that has moved its
/// standard output away, and cannot move it back, must not find what it prints in the file that it opens next.
class descriptor_table {
public:
    explicit descriptor_table(std::uint32_t limit) noexcept : limit_(limit) {}

    /// Null where the number is not open.
    [[nodiscard]] descriptor* find(std::uint32_t number) const noexcept {
        return number < slots_.size() ? slots_[number].get() : nullptr;
    }

    /// Makes room for one more. Functions call it before they create a file or accept a connection, which they could not undo.
    /// \returns mfile where the table is full, nomem where there is no memory.
    [[nodiscard]] errc reserve() noexcept {
        if (open_ >= limit_) {
            return errc::mfile;
        }
        if (!spare_) {
            spare_.reset(new (std::nothrow) descriptor);
        }
        return spare_ ? slots_.reserve(slots_.size() + 1) : errc::nomem;
    }

    /// \returns its number. There must be room, as reserve() makes it.
    std::uint32_t insert(descriptor what) noexcept {
        while (free_ != 0 && slots_[free_ - 1]) {
            --free_;
        }
        const auto number = free_ != 0 ? --free_ : static_cast<std::uint32_t>(slots_.size());
        if (number == slots_.size()) {
            static_cast<void>(slots_.append(nullptr)); // there is room
        }
        *spare_ = std::move(what);
        slots_[number] = std::move(spare_);
        ++open_;
        return number;
    }

    /// `number` must be open.
    void close(std::uint32_t number) noexcept {
        slots_[number].reset();
        --open_;
        free_ = number < free_ ? free_ : number + 1;
    }

    /// `to` becomes what `from` is, which is closed. Both must be open.
    void renumber(std::uint32_t from, std::uint32_t to) noexcept {
        if (from != to) {
            slots_[to] = std::move(slots_[from]);
            close(from);
        }
    }

    /// What the listings of all directories take together.
    [[nodiscard]] std::uint64_t listing_bytes() const noexcept {
        std::uint64_t bytes = 0;
        for (const std::unique_ptr<descriptor>& each : slots_) {
            bytes += each && each->entries ? each->entries->bytes() : 0;
        }
        return bytes;
    }

private:
    growing_array<std::unique_ptr<descriptor>> slots_;
    std::unique_ptr<descriptor> spare_; ///< for the next one
    std::uint32_t free_ = 0;            ///< from it on, all numbers there have been are open
    std::uint32_t open_ = 0;
    std::uint32_t limit_;
};

} // namespace riser::inline v0_1::wasi::detail
