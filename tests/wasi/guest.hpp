#pragma once

#include "riser/error.hpp"
#include "riser/instance.hpp"
#include "riser/store.hpp"
#include "riser/value.hpp"
#include "riser/wasi/context.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/options.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace test {

using riser::wasi::errc;

/// A text of the guest: where it lies in memory.
struct guest_text {
    std::uint32_t at;
    std::uint32_t size;
};

/// What fd_readdir says of an entry.
struct guest_entry {
    std::uint64_t next;
    std::uint64_t inode;
    std::string name;
    std::uint8_t type;
};

struct guest_filestat {
    std::uint64_t device, inode;
    std::uint8_t type;
    std::uint64_t links, size, accessed, modified, changed;
};

struct guest_fdstat {
    std::uint8_t type;
    std::uint16_t flags;
    std::uint64_t base, inheriting;
};

/// What a test knows of rights and flags, as the interface's description numbers them.
namespace rights {
inline constexpr std::uint64_t fd_read = 1U << 1U;
inline constexpr std::uint64_t fd_seek = 1U << 2U;
inline constexpr std::uint64_t fd_tell = 1U << 5U;
inline constexpr std::uint64_t fd_write = 1U << 6U;
inline constexpr std::uint64_t path_open = 1U << 13U;
inline constexpr std::uint64_t read_write = fd_read | fd_write;
} // namespace rights
namespace oflags {
inline constexpr std::uint32_t creat = 1;
inline constexpr std::uint32_t directory = 2;
inline constexpr std::uint32_t excl = 4;
inline constexpr std::uint32_t trunc = 8;
} // namespace oflags
namespace fdflags {
inline constexpr std::uint32_t append = 1;
inline constexpr std::uint32_t dsync = 2;
inline constexpr std::uint32_t nonblock = 4;
inline constexpr std::uint32_t sync = 16;
} // namespace fdflags
inline constexpr std::uint32_t follow = 1; ///< the lookup flag
namespace filetype {
inline constexpr std::uint8_t unknown = 0;
inline constexpr std::uint8_t directory = 3;
inline constexpr std::uint8_t regular_file = 4;
inline constexpr std::uint8_t socket_stream = 6;
inline constexpr std::uint8_t symbolic_link = 7;
} // namespace filetype

/// The modules that programs import WASI from.
inline constexpr std::string_view preview1 = "wasi_snapshot_preview1";
inline constexpr std::string_view unstable = "wasi_unstable"; ///< which has no sock_accept

/// A program made of the test: a module with one memory that imports every function of one version of WASI and exports each
/// under its name, wrapped, so that calls go the way that a program's calls go.
class guest {
public:
    explicit guest(const riser::wasi::options& options, std::string_view version = preview1);

    /// Calls a function of WASI. Arguments take the width that the signature says.
    template <class... Args>
    errc call(std::string_view name, Args... arguments) {
        return static_cast<errc>(call_with(name, {static_cast<std::uint64_t>(arguments)...}).value());
    }
    /// The same for what may end the program.
    riser::result<std::uint32_t> call_with(std::string_view name, std::initializer_list<std::uint64_t> arguments);
    /// The same, interrupted when the guest is in front of the function. \returns the trap; none where the function succeeds.
    riser::trap_kind interrupted_within(std::string_view name, std::initializer_list<std::uint64_t> arguments);

    // Memory. Everything is put where nothing else is, until the guest ends.
    std::uint32_t allocate(std::uint32_t size);
    guest_text put(std::string_view text);
    std::string text(std::uint32_t at, std::uint32_t size) const;
    template <class T>
    T load(std::uint32_t at) const {
        return memory_.read<T>(at);
    }
    template <class T>
    void store(std::uint32_t at, T value) {
        memory_.write(at, value);
    }
    std::uint32_t memory_size() const { return static_cast<std::uint32_t>(memory_.size()); }
    const riser::instance& instance() const { return instance_; }
    riser::interrupt_handle interrupt_handle() const { return store_.interrupt_handle(); }
    template <class Duration>
    void set_timeout(const Duration& time) {
        store_.set_timeout(time);
    }
    void clear_deadline() { store_.clear_deadline(); }
    void set_fuel(std::uint64_t operators) { store_.set_fuel(operators); }
    std::uint64_t fuel() const { return store_.fuel().value(); }
    riser::wasi::context& context() { return store_.get<riser::wasi::context>(); }

    /// The description of a buffer, as functions that transfer want it.
    std::uint32_t make_iovec(std::uint32_t at, std::uint32_t size);

    // Functions of preview 1 as tests like to call them. What they return beside the error is valid where there is none.
    errc open(std::uint32_t directory, std::string_view path, std::uint32_t& fd, std::uint32_t oflags = 0,
              std::uint64_t rights = rights::fd_read, std::uint32_t lookup = 0, std::uint32_t fdflags = 0);
    /// Opens and closes.
    errc try_open(std::string_view path, std::uint32_t oflags = 0, std::uint64_t rights = rights::fd_read,
                  std::uint32_t lookup = 0);
    /// What is read, at most `size` bytes at once.
    errc read(std::uint32_t fd, std::uint32_t size, std::string& text);
    errc write(std::uint32_t fd, std::string_view text, std::uint32_t* written = nullptr);
    errc pread(std::uint32_t fd, std::uint32_t size, std::uint64_t offset, std::string& text);
    errc pwrite(std::uint32_t fd, std::string_view text, std::uint64_t offset);
    errc seek(std::uint32_t fd, std::int64_t offset, std::uint32_t whence, std::uint64_t& position);
    errc fdstat(std::uint32_t fd, guest_fdstat& status);
    errc filestat(std::uint32_t fd, guest_filestat& status);
    errc path_filestat(std::string_view path, guest_filestat& status, std::uint32_t lookup = 0);
    /// Functions of a directory and a path.
    errc at_path(std::string_view name, std::string_view path, std::uint32_t directory = 3);
    errc rename(std::string_view from, std::string_view to, std::uint32_t from_fd = 3, std::uint32_t to_fd = 3);
    errc symlink(std::string_view target, std::string_view path);
    errc link(std::string_view from, std::string_view to, std::uint32_t lookup = 0);
    errc readlink(std::string_view path, std::string& target, std::uint32_t size = 256);
    /// Reads entries with one call, from a cookie. Those that were cut off are left out.
    errc readdir(std::uint32_t fd, std::uint64_t cookie, std::uint32_t size, std::vector<guest_entry>& entries,
                 std::uint32_t* used = nullptr);

private:
    guest_filestat load_filestat(std::uint32_t at) const;

    riser::store store_;
    riser::instance instance_;
    riser::memory memory_;
    std::uint32_t next_ = 16; ///< free memory
};

/// Sockets of the host's file system, for other sides of connections.
int listen_at(const std::string& path);
int connect_to(const std::string& path);

/// A directory of the host for one test, removed with everything in it.
class temporary_directory {
public:
    temporary_directory();
    ~temporary_directory();
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    const std::string& path() const { return path_; }
    std::string path(std::string_view name) const { return path_ + "/" + std::string(name); }
    void write(std::string_view name, std::string_view content) const;
    std::string read(std::string_view name) const;
    void make_directory(std::string_view name) const;
    void make_link(std::string_view target, std::string_view name) const;
    bool exists(std::string_view name) const; ///< links are not followed

private:
    std::string path_;
};

} // namespace test
