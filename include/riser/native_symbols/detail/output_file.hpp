#pragma once

#if !defined(__linux__)
#    error "riser/native_symbols/ is for profilers and debuggers of Linux"
#endif

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace riser::inline v0_1::native_symbols::detail {

/// What is in a file already that is opened.
enum class old_content : bool { kept, dropped };

/// A file that another program looks for under a name that anybody can guess, maybe in a directory that anybody writes to. So somebody else may
/// have put a link or a pipe there: it is written only where it is a regular file of this user's, that nobody else may write,
/// and that has no other name. What fails is told by warning(), and no more is written then. Not thread-safe.
class output_file {
public:
    output_file(std::string path, old_content old) : path_(std::move(path)) {
        if (const char* const reason = open(old)) {
            fail(reason);
        }
    }
    output_file(const output_file&) = delete;
    output_file& operator=(const output_file&) = delete;
    ~output_file() { close(); }

    /// Appends all of it. In a child of fork() nothing: the file is the parent's.
    void write(const void* bytes, std::size_t size) noexcept {
        if (::getpid() != process_) {
            return;
        }
        const auto* from = static_cast<const char*>(bytes);
        while (size != 0 && file_ >= 0) {
            const ::ssize_t written = ::write(file_, from, size);
            if (written >= 0) {
                from += written;
                size -= static_cast<std::size_t>(written);
            } else if (errno != EINTR) {
                fail(std::strerror(errno));
            }
        }
    }

    [[nodiscard]] bool is_open() const noexcept { return file_ >= 0; }
    [[nodiscard]] int descriptor() const noexcept { return file_; }
    [[nodiscard]] ::pid_t process() const noexcept { return process_; }

    /// No more is written. The first reason is the one that is told.
    void fail(const char* reason) noexcept {
        close();
        std::strncpy(reason_, reason, sizeof reason_ - 1);
    }
    /// Why nothing is written any more; empty where all is well.
    [[nodiscard]] std::string warning() const { return reason_[0] == 0 ? "" : path_ + " is not written: " + reason_; }

private:
    /// \returns why it is not to be written
    [[nodiscard]] const char* open(old_content old) noexcept {
        // O_NONBLOCK: a pipe would wait for its reader.
        file_ =
            ::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, S_IRUSR | S_IWUSR);
        if (file_ < 0) {
            return errno == ELOOP ? "it is a symbolic link" : std::strerror(errno);
        }
        struct ::stat found{};
        if (::fstat(file_, &found) != 0) {
            return std::strerror(errno);
        }
        if (!S_ISREG(found.st_mode) || found.st_uid != ::geteuid() || found.st_nlink != 1 ||
            (found.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
            return "there is one already that others may have a hand in";
        }
        if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
            return "somebody else writes it, maybe in this process";
        }
        return old == old_content::dropped && ::ftruncate(file_, 0) != 0 ? std::strerror(errno) : nullptr;
    }
    void close() noexcept {
        if (file_ >= 0) {
            ::close(std::exchange(file_, -1));
        }
    }

    std::string path_;
    ::pid_t process_ = ::getpid();
    int file_ = -1;
    char reason_[128] = {};
};

} // namespace riser::inline v0_1::native_symbols::detail
