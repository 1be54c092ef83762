#pragma once

#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/unique_fd.hpp"
#include "riser/wasi/errc.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace riser::inline v0::wasi::detail {

/// Where a path leads: a directory, held open, and the name of something in it. System calls on the two must not follow
/// symbolic links.
struct location {
    unique_fd holder; ///< keeps `directory` open, unless that is the root
    int directory = -1;
    std::string name;               ///< one component, or "." for the directory itself
    bool must_be_directory = false; ///< there was a slash after the name
    unsigned read_only_mount = 0;   ///< as of the descriptor that the path begins in
};

/// Whether a symbolic link in a path's last component is followed.
enum class last_link : std::uint8_t {
    keep,
    follow_before_slash, ///< only where a slash comes after it
    follow,
};

/// Goes along a path inside a sandbox: the directory `root` and what is below it. Each component is opened by itself
/// without following links, links are read and walked like the path, and `..` returns to a directory that the walk came
/// through, which is still open. So nothing that others do in the file system meanwhile leads out.
class path_walker {
public:
    explicit path_walker(int root) noexcept : root_(root) {}

    [[nodiscard]] errc walk(std::string_view path, last_link last, location& found) {
        if (path.empty()) {
            return errc::noent;
        }
        if (const errc failure = push(path); failure != errc::success) {
            return failure;
        }
        std::string name = ".";
        while (!pending_.empty()) {
            name = std::move(pending_.back());
            pending_.pop_back();
            errc failure = errc::success;
            if (name == "..") {
                failure = ascend();
                name = ".";
            } else if (name == ".") {
                continue;
            } else if (!pending_.empty()) {
                failure = enter(name);
            } else if (last == last_link::follow || (last == last_link::follow_before_slash && must_be_directory_)) {
                failure = follow(name);
            }
            if (failure != errc::success) {
                return failure;
            }
        }
        found.directory = current();
        found.holder = steps_.empty() ? unique_fd() : std::move(steps_.back().directory);
        found.must_be_directory = must_be_directory_ && name != ".";
        found.name = std::move(name);
        return errc::success;
    }

private:
    struct step {
        std::string name;
        unique_fd directory; ///< empty where too far up to be kept open
    };

#if defined(O_PATH)
    static constexpr int enter_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC; // needs no right to list it
#else
    static constexpr int enter_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#endif
    static constexpr unsigned most_links = 40; // as Linux
    /// Directories that are kept open, lest a deep path take all of the host's descriptors.
    static constexpr std::size_t most_open = 64;

    [[nodiscard]] int current() const noexcept { return steps_.empty() ? root_ : steps_.back().directory.get(); }

    /// Puts the components of `path` in front of the pending ones.
    [[nodiscard]] errc push(std::string_view path) {
        if (path.front() == '/') {
            return errc::perm;
        }
        if (path.size() >= longest_path) {
            return errc::nametoolong;
        }
        if (pending_.empty() && path.back() == '/') {
            must_be_directory_ = true;
        }
        for (std::size_t end = path.size(); end > 0;) {
            const std::size_t slash = path.find_last_of('/', end - 1);
            const std::size_t begin = slash == std::string_view::npos ? 0 : slash + 1;
            if (begin < end) {
                pending_.emplace_back(path.substr(begin, end - begin));
            }
            end = begin == 0 ? 0 : begin - 1;
        }
        return errc::success;
    }

    /// Goes down into `name`, which has components after it.
    [[nodiscard]] errc enter(const std::string& name) {
        unique_fd directory(::openat(current(), name.c_str(), enter_flags));
        if (!directory) {
            // Either the one or the other where it is a link.
            const int number = errno;
            return number == ENOTDIR || number == ELOOP ? expand(name, from_errno(number)) : from_errno(number);
        }
        steps_.push_back({name, std::move(directory)});
        forget_above(steps_.size());
        return errc::success;
    }

    /// Walks through `name`, the last component, if that is a link.
    [[nodiscard]] errc follow(const std::string& name) { return expand(name, errc::success); }

    /// Puts what the link `name` says in its place. \returns `otherwise` where it is no link.
    [[nodiscard]] errc expand(const std::string& name, errc otherwise) {
        char target[longest_path];
        const ssize_t size = ::readlinkat(current(), name.c_str(), target, sizeof target);
        if (size < 0) {
            return errno == EINVAL || errno == ENOENT ? otherwise : last_error();
        }
        if (size == 0) {
            return errc::noent;
        }
        if (++links_ > most_links) {
            return errc::loop;
        }
        return push({target, static_cast<std::size_t>(size)});
    }

    [[nodiscard]] errc ascend() {
        if (steps_.empty()) {
            return errc::perm;
        }
        steps_.pop_back();
        return steps_.empty() || steps_.back().directory ? errc::success : reopen();
    }

    /// Goes down again from the root.
    [[nodiscard]] errc reopen() {
        int at = root_;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            steps_[i].directory = unique_fd(::openat(at, steps_[i].name.c_str(), enter_flags));
            at = steps_[i].directory.get();
            if (at < 0) {
                return last_error();
            }
            forget_above(i + 1);
        }
        return errc::success;
    }

    void forget_above(std::size_t depth) noexcept {
        if (depth > most_open) {
            steps_[depth - 1 - most_open].directory.reset();
        }
    }

    int root_;
    std::vector<step> steps_;          ///< the directories below root, down to the current one
    std::vector<std::string> pending_; ///< components to go, the next one last
    bool must_be_directory_ = false;
    unsigned links_ = 0;
};

/// Where `path` leads from the directory `root`, without leaving it.
[[nodiscard]] inline errc resolve(int root, std::string_view path, last_link last, location& found) {
    return path_walker(root).walk(path, last, found);
}

/// Checks what the path's last slash says. \returns notdir where something else than a directory is there, noent where
/// nothing is.
[[nodiscard]] inline errc check_directory(const location& where) noexcept {
    struct stat status;
    if (::fstatat(where.directory, where.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return last_error();
    }
    return S_ISDIR(status.st_mode) ? errc::success : errc::notdir;
}

[[nodiscard]] inline bool is_fifo(const location& where) noexcept {
    struct stat status;
    return ::fstatat(where.directory, where.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISFIFO(status.st_mode);
}

} // namespace riser::inline v0::wasi::detail
