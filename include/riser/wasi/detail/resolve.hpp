#pragma once

#include "riser/wasi/detail/growing_array.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/path_text.hpp"
#include "riser/wasi/detail/unique_fd.hpp"
#include "riser/wasi/errc.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace riser::inline v0_1::wasi::detail {

/// Where a path leads: a directory, held open, and the name of something in it. System calls on the two must not follow
/// symbolic links.
struct location {
    unique_fd holder; ///< keeps `directory` open, unless that is the root
    int directory = -1;
    path_text name;                 ///< one component, or "." for the directory itself
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
///
/// What it keeps is at most the path and most_links targets, each shorter than longest_path. Each directory that it opens and
/// each link that it tries to read is charged to the guest, and an interrupt ends it between two of them.
class path_walker {
public:
    path_walker(const guest_memory& memory, int root) noexcept : memory_(memory), root_(root) {}

    /// \returns nomem, too, where there is no memory to keep what is left of the path or the way back; loop where that takes more
    /// than most_steps; intr where the call has to end.
    [[nodiscard]] errc walk(std::string_view path, last_link last, location& found) {
        if (path.empty()) {
            return errc::noent;
        }
        if (const errc failure = push(path); failure != errc::success) {
            return failure;
        }
        path_text& name = found.name;
        name.assign(".");
        while (!pending_.empty()) {
            pop_name(pending_, name);
            errc failure = errc::success;
            if (name.view() == "..") {
                failure = ascend();
                name.assign(".");
            } else if (name.view() == ".") {
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
        found.holder = depth_ == 0 ? unique_fd() : std::move(opened(depth_));
        found.must_be_directory = must_be_directory_ && name.view() != ".";
        return errc::success;
    }

private:
#if defined(O_PATH)
    static constexpr int enter_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC; // needs no right to list it
#else
    static constexpr int enter_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#endif
    static constexpr unsigned most_links = 40; // as Linux
    /// Directories opened and links read. A path and its links have less than 41 * 2,048 components; the rest is for what
    /// reopen() opens again.
    static constexpr unsigned most_steps = 1U << 17U;
    static constexpr unsigned steps_between_looks = 32;
    static constexpr std::uint64_t operators_per_step = 64; // a system call or two, of about a microsecond
    /// Directories that are kept open, lest a deep path take all of the host's descriptors.
    static constexpr std::size_t most_open = 64;

    /// Names one after the other, each with a slash in front.
    using names = growing_array<char>;

    [[nodiscard]] static errc push_name(names& to, std::string_view name) noexcept {
        const errc failure = to.append('/');
        return failure == errc::success ? to.append(name) : failure;
    }
    static void drop_name(names& from) noexcept { from.shrink(text_of(from).rfind('/')); }
    static void pop_name(names& from, path_text& name) noexcept {
        name.assign(text_of(from).substr(text_of(from).rfind('/') + 1));
        drop_name(from);
    }
    [[nodiscard]] static std::string_view text_of(const names& all) noexcept { return {all.data(), all.size()}; }

    /// Of the directory at `depth`, counted from 1; empty where it is too far up to be kept open. The deepest directories are
    /// open, so that each has a place that is its own or that of one further up.
    [[nodiscard]] unique_fd& opened(std::size_t depth) noexcept { return open_[depth % most_open]; }

    [[nodiscard]] int current() noexcept { return depth_ == 0 ? root_ : opened(depth_).get(); }

    /// Comes before each directory that is opened and each link that is read.
    [[nodiscard]] errc step() {
        if (++steps_ > most_steps) {
            return errc::loop;
        }
        if (steps_ % steps_between_looks == 0 && memory_.is_interrupted()) {
            return errc::intr;
        }
        return memory_.charge_operators(operators_per_step);
    }

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
                if (const errc failure = push_name(pending_, path.substr(begin, end - begin));
                    failure != errc::success) {
                    return failure;
                }
            }
            end = begin == 0 ? 0 : begin - 1;
        }
        return errc::success;
    }

    /// Goes down into `name`, which has components after it.
    [[nodiscard]] errc enter(const path_text& name) {
        if (const errc failure = step(); failure != errc::success) {
            return failure;
        }
        unique_fd directory(::openat(current(), name.c_str(), enter_flags));
        if (!directory) {
            // Either the one or the other where it is a link.
            const int number = errno;
            return number == ENOTDIR || number == ELOOP ? expand(name, from_errno(number)) : from_errno(number);
        }
        const errc failure = push_name(way_, name.view());
        if (failure == errc::success) {
            opened(++depth_) = std::move(directory);
        }
        return failure;
    }

    /// Walks through `name`, the last component, if that is a link.
    [[nodiscard]] errc follow(const path_text& name) { return expand(name, errc::success); }

    /// Puts what the link `name` says in its place. \returns `otherwise` where it is no link.
    [[nodiscard]] errc expand(const path_text& name, errc otherwise) {
        if (const errc failure = step(); failure != errc::success) {
            return failure;
        }
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
        if (depth_ == 0) {
            return errc::perm;
        }
        opened(depth_--).reset();
        drop_name(way_);
        return depth_ == 0 || opened(depth_) ? errc::success : reopen();
    }

    /// Goes down again from the root.
    [[nodiscard]] errc reopen() {
        int at = root_;
        std::string_view rest = text_of(way_);
        for (std::size_t depth = 1; depth <= depth_; ++depth) {
            const std::size_t end = std::min(rest.find('/', 1), rest.size());
            path_text name;
            name.assign(rest.substr(1, end - 1));
            rest.remove_prefix(end);
            if (const errc failure = step(); failure != errc::success) {
                return failure;
            }
            opened(depth) = unique_fd(::openat(at, name.c_str(), enter_flags));
            at = opened(depth).get();
            if (at < 0) {
                return last_error();
            }
        }
        return errc::success;
    }

    const guest_memory& memory_;
    int root_;
    names pending_;             ///< components to go, the next one last
    names way_;                 ///< the directories below root, down to the current one
    std::size_t depth_ = 0;     ///< their number
    unique_fd open_[most_open]; ///< see opened()
    bool must_be_directory_ = false;
    unsigned links_ = 0;
    unsigned steps_ = 0;
};

/// Where `path` leads from the directory `root`, without leaving it. Charges for what that takes.
[[nodiscard]] inline errc resolve(const guest_memory& memory, int root, std::string_view path, last_link last,
                                  location& found) {
    return path_walker(memory, root).walk(path, last, found);
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

} // namespace riser::inline v0_1::wasi::detail
