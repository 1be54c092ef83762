// Inside the sandbox, paths mean what they mean to the host: the same calls on two equal trees, one by the guest, one by
// the host itself, fail or succeed alike and leave equal trees.
#include "support/process.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using riser::wasi::errc;
using test::follow;
using test::rights::fd_read;
using test::rights::fd_write;
using test::rights::read_write;

namespace {

const std::vector<std::string> paths = {
    "file",     "file/",      "file/.",      "file//",      "dir",
    "dir/",     "dir/.",      "dir//",       "empty",       "empty/",
    "none",     "none/",      "none/x",      "to-file",     "to-file/",
    "to-dir",   "to-dir/",    "to-dir/.",    "to-none",     "to-none/",
    "circle",   "circle/",    "to-empty",    "to-empty/",   "dir/sub",
    "dir/sub/", "to-dir/sub", "to-dir/sub/", ".",           "./",
    "./file",   "file/x",     "to-slash",    "to-slash/",   std::string(300, 'x'),
    "",         "dir/..",     "dir/../",     "dir/../file", "to-dir/../file",
    "none/..",  "file/..",
};

void make_tree(const test::temporary_directory& host) {
    host.write("file", "content");
    host.make_directory("dir");
    host.write("dir/sub", "");
    host.make_directory("empty");
    host.make_link("file", "to-file");
    host.make_link("dir", "to-dir");
    host.make_link("empty", "to-empty");
    host.make_link("none", "to-none");
    host.make_link("circle", "circle");
    host.make_link("dir/", "to-slash");
}

/// Names and kinds of everything below.
std::vector<std::string> describe(const test::temporary_directory& host) {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(host.path())) {
        const auto status = entry.symlink_status();
        std::string line = entry.path().lexically_relative(host.path()).string();
        line += status.type() == std::filesystem::file_type::directory ? " d"
                : status.type() == std::filesystem::file_type::symlink
                    ? " -> " + std::filesystem::read_symlink(entry.path()).string()
                    : " " + std::to_string(entry.file_size());
        all.push_back(line);
    }
    std::sort(all.begin(), all.end());
    return all;
}

/// One function, as the guest and as the host call it; the host says errno.
struct operation {
    std::string name;
    std::function<errc(test::guest&, const std::string&)> by_guest;
    std::function<int(int directory, const char* path)> by_host;
};

int opened(int fd) { return fd < 0 ? -1 : ::close(fd); }

const std::vector<operation> operations = {
    {"open", [](test::guest& guest, const std::string& path) { return guest.try_open(path); },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDONLY | O_NOFOLLOW)); }},
    {"open, follow",
     [](test::guest& guest, const std::string& path) { return guest.try_open(path, 0, fd_read, follow); },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDONLY)); }},
    {"open to write",
     [](test::guest& guest, const std::string& path) { return guest.try_open(path, 0, read_write, follow); },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDWR)); }},
    {"open a directory",
     [](test::guest& guest, const std::string& path) {
         return guest.try_open(path, test::oflags::directory, fd_read, follow);
     },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDONLY | O_DIRECTORY)); }},
    {"create, follow",
     [](test::guest& guest, const std::string& path) {
         return guest.try_open(path, test::oflags::creat, read_write, follow);
     },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDWR | O_CREAT, 0600)); }},
    {"open to write only",
     [](test::guest& guest, const std::string& path) { return guest.try_open(path, 0, fd_write, follow); },
     [](int at, const char* path) { return opened(::openat(at, path, O_WRONLY)); }},
    {"open to write, no link",
     [](test::guest& guest, const std::string& path) { return guest.try_open(path, 0, fd_write); },
     [](int at, const char* path) { return opened(::openat(at, path, O_WRONLY | O_NOFOLLOW)); }},
    {"create to read",
     [](test::guest& guest, const std::string& path) {
         return guest.try_open(path, test::oflags::creat, fd_read, follow);
     },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDONLY | O_CREAT, 0600)); }},
    {"create to read, no link",
     [](test::guest& guest, const std::string& path) { return guest.try_open(path, test::oflags::creat, fd_read); },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDONLY | O_CREAT | O_NOFOLLOW, 0600)); }},
    {"truncate",
     [](test::guest& guest, const std::string& path) {
         return guest.try_open(path, test::oflags::trunc, fd_read, follow);
     },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDONLY | O_TRUNC)); }},
    {"create and truncate",
     [](test::guest& guest, const std::string& path) {
         return guest.try_open(path, test::oflags::creat | test::oflags::trunc, fd_write, follow);
     },
     [](int at, const char* path) { return opened(::openat(at, path, O_WRONLY | O_CREAT | O_TRUNC, 0600)); }},
    {"create, exclusively",
     [](test::guest& guest, const std::string& path) {
         return guest.try_open(path, test::oflags::creat | test::oflags::excl, read_write, follow);
     },
     [](int at, const char* path) { return opened(::openat(at, path, O_RDWR | O_CREAT | O_EXCL, 0600)); }},
    {"stat",
     [](test::guest& guest, const std::string& path) {
         test::guest_filestat status{};
         return guest.path_filestat(path, status);
     },
     [](int at, const char* path) {
         struct stat status;
         return ::fstatat(at, path, &status, AT_SYMLINK_NOFOLLOW);
     }},
    {"stat, follow",
     [](test::guest& guest, const std::string& path) {
         test::guest_filestat status{};
         return guest.path_filestat(path, status, follow);
     },
     [](int at, const char* path) {
         struct stat status;
         return ::fstatat(at, path, &status, 0);
     }},
    {"set times",
     [](test::guest& guest, const std::string& path) {
         const test::guest_text name = guest.put(path);
         return guest.call("path_filestat_set_times", 3, 0, name.at, name.size, 0, 0, 2);
     },
     [](int at, const char* path) {
         const timespec accessed_now[] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
         return ::utimensat(at, path, accessed_now, AT_SYMLINK_NOFOLLOW);
     }},
    {"set times, follow",
     [](test::guest& guest, const std::string& path) {
         const test::guest_text name = guest.put(path);
         return guest.call("path_filestat_set_times", 3, follow, name.at, name.size, 0, 0, 2);
     },
     [](int at, const char* path) {
         const timespec accessed_now[] = {{0, UTIME_NOW}, {0, UTIME_OMIT}};
         return ::utimensat(at, path, accessed_now, 0);
     }},
    {"mkdir", [](test::guest& guest, const std::string& path) { return guest.at_path("path_create_directory", path); },
     [](int at, const char* path) { return ::mkdirat(at, path, 0700); }},
    {"rmdir", [](test::guest& guest, const std::string& path) { return guest.at_path("path_remove_directory", path); },
     [](int at, const char* path) { return ::unlinkat(at, path, AT_REMOVEDIR); }},
    {"unlink", [](test::guest& guest, const std::string& path) { return guest.at_path("path_unlink_file", path); },
     [](int at, const char* path) { return ::unlinkat(at, path, 0); }},
    {"readlink",
     [](test::guest& guest, const std::string& path) {
         std::string target;
         return guest.readlink(path, target);
     },
     [](int at, const char* path) {
         char target[64];
         return ::readlinkat(at, path, target, sizeof target) < 0 ? -1 : 0;
     }},
    {"symlink", [](test::guest& guest, const std::string& path) { return guest.symlink("file", path); },
     [](int at, const char* path) { return ::symlinkat("file", at, path); }},
    {"link from", [](test::guest& guest, const std::string& path) { return guest.link(path, "new"); },
     [](int at, const char* path) { return ::linkat(at, path, at, "new", 0); }},
    {"link from, follow", [](test::guest& guest, const std::string& path) { return guest.link(path, "new", follow); },
     [](int at, const char* path) { return ::linkat(at, path, at, "new", AT_SYMLINK_FOLLOW); }},
    {"link to", [](test::guest& guest, const std::string& path) { return guest.link("dir/sub", path); },
     [](int at, const char* path) { return ::linkat(at, "dir/sub", at, path, 0); }},
    {"rename from", [](test::guest& guest, const std::string& path) { return guest.rename(path, "new"); },
     [](int at, const char* path) { return ::renameat(at, path, at, "new"); }},
    {"rename from, slash", [](test::guest& guest, const std::string& path) { return guest.rename(path, "new/"); },
     [](int at, const char* path) { return ::renameat(at, path, at, "new/"); }},
    {"rename a file to", [](test::guest& guest, const std::string& path) { return guest.rename("dir/sub", path); },
     [](int at, const char* path) { return ::renameat(at, "dir/sub", at, path); }},
    {"rename a directory to", [](test::guest& guest, const std::string& path) { return guest.rename("dir", path); },
     [](int at, const char* path) { return ::renameat(at, "dir", at, path); }},
};

/// Where a guest is told something else than Linux says: of a new link with the name of a file and a slash, what POSIX says; and
/// `..`, which is resolved to the directory it leads to, is as little to be removed as `.`.
int corrected(const std::string& operation, const std::string& path, int number, int directory) {
    if (operation == "rmdir" && number == ENOTEMPTY && (path.ends_with("/..") || path.ends_with("/../"))) {
        return EINVAL;
    }
    const bool is_new_link = operation == "symlink" || operation == "link to";
    if (!is_new_link || number != EEXIST || !path.ends_with('/')) {
        return number;
    }
    struct stat status{};
    const std::string name = path.substr(0, path.find_last_not_of('/') + 1);
    const bool is_file =
        ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode);
    return is_file ? ENOTDIR : number;
}

/// What a guest is to be told of what the host did.
errc by_host(const operation& each, const std::string& path, int directory) {
    const int number = each.by_host(directory, path.c_str()) < 0 ? errno : 0;
    return riser::wasi::from_errno(corrected(each.name, path, number, directory));
}

/// A tree of the guest's and one of the host's.
struct trees {
    test::temporary_directory of_guest;
    test::temporary_directory of_host;
    test::guest guest;
    int directory = ::open(of_host.path().c_str(), O_RDONLY | O_DIRECTORY);

    explicit trees(riser::wasi::access allowed) : guest(riser::wasi::options().preopen(of_guest.path(), ".", allowed)) {
        make_tree(of_guest);
        make_tree(of_host);
    }
    ~trees() { ::close(directory); }
};

/// The directory at `path` in a read-only bind mount of it, which ends with the descriptor; -1 where the machine does not let
/// this process mount.
int open_read_only_mount([[maybe_unused]] const std::string& path) {
#if defined(SYS_open_tree) && defined(SYS_mount_setattr)
    constexpr unsigned clone = 1; // OPEN_TREE_CLONE
    struct {                      // mount_attr
        std::uint64_t set, clear, propagation, user_namespace;
    } attributes{1 /* MOUNT_ATTR_RDONLY */, 0, 0, 0};
    const auto mount = static_cast<int>(::syscall(SYS_open_tree, AT_FDCWD, path.c_str(), clone | O_CLOEXEC));
    if (mount < 0) {
        return -1;
    }
    const bool is_set = ::syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes) == 0;
    const int directory = is_set ? ::openat(mount, ".", O_RDONLY | O_DIRECTORY) : -1;
    ::close(mount);
    return directory;
#else
    return -1;
#endif
}

/// What a read-only bind mount of Linux says about what is there, is not, has no parent, is a directory, is a link to a file.
struct refusals {
    std::string operation;
    errc file, none, no_parent, directory, link;
};

const std::vector<refusals> of_read_only_mount = {
    {"open to write", errc::rofs, errc::noent, errc::noent, errc::isdir, errc::rofs},
    {"create, follow", errc::rofs, errc::rofs, errc::noent, errc::isdir, errc::rofs},
    {"open to write only", errc::rofs, errc::noent, errc::noent, errc::isdir, errc::rofs},
    {"open to write, no link", errc::rofs, errc::noent, errc::noent, errc::isdir, errc::loop},
    {"create to read", errc::success, errc::rofs, errc::noent, errc::isdir, errc::success},
    {"create to read, no link", errc::success, errc::rofs, errc::noent, errc::isdir, errc::loop},
    {"truncate", errc::rofs, errc::noent, errc::noent, errc::isdir, errc::rofs},
    {"create and truncate", errc::rofs, errc::rofs, errc::noent, errc::isdir, errc::rofs},
    {"create, exclusively", errc::exist, errc::rofs, errc::noent, errc::exist, errc::exist},
    {"set times", errc::rofs, errc::noent, errc::noent, errc::rofs, errc::rofs},
    {"set times, follow", errc::rofs, errc::noent, errc::noent, errc::rofs, errc::rofs},
    {"mkdir", errc::exist, errc::rofs, errc::noent, errc::exist, errc::exist},
    {"rmdir", errc::rofs, errc::rofs, errc::noent, errc::rofs, errc::rofs},
    {"unlink", errc::rofs, errc::rofs, errc::noent, errc::rofs, errc::rofs},
    {"symlink", errc::exist, errc::rofs, errc::noent, errc::exist, errc::exist},
    {"link from", errc::rofs, errc::noent, errc::noent, errc::rofs, errc::rofs},
    {"link from, follow", errc::rofs, errc::noent, errc::noent, errc::rofs, errc::rofs},
    {"link to", errc::exist, errc::rofs, errc::noent, errc::exist, errc::exist},
    {"rename from", errc::rofs, errc::rofs, errc::noent, errc::rofs, errc::rofs},
    {"rename from, slash", errc::rofs, errc::rofs, errc::noent, errc::rofs, errc::rofs},
    {"rename a file to", errc::rofs, errc::rofs, errc::noent, errc::rofs, errc::rofs},
    {"rename a directory to", errc::rofs, errc::rofs, errc::noent, errc::rofs, errc::rofs},
};

} // namespace

TEST_CASE("paths inside a sandbox mean what they mean to the host") {
    auto both = std::make_unique<trees>(riser::wasi::access::read_write);
    const std::vector<std::string> untouched = describe(both->of_host);
    for (const operation& each : operations) {
        for (const std::string& path : paths) {
            CAPTURE(each.name);
            CAPTURE(path);
            const errc code = each.by_guest(both->guest, path);
            CHECK(code == by_host(each, path, both->directory));
            const std::vector<std::string> left = describe(both->of_host);
            CHECK(describe(both->of_guest) == left);
            if (left != untouched) {
                both = std::make_unique<trees>(riser::wasi::access::read_write);
            }
        }
    }
}

TEST_CASE("whom the host does not permit something is told so as by the host") {
    const int status = test::in_child([] {
        trees both(riser::wasi::access::read_write);
        for (const test::temporary_directory* const host : {&both.of_guest, &both.of_host}) {
            for (const std::string name : {"shut", "fixed"}) {
                host->make_directory(name);
                host->write(name + "/file", "content");
            }
            host->write("secret", "content");
            ::chmod(host->path("secret").c_str(), 0);
            ::chmod(host->path("shut").c_str(), 0);
            ::chmod(host->path("fixed").c_str(), 0555);
            ::chmod(host->path().c_str(), 0777);
        }
        constexpr uid_t nobody = 65534;
        if (::geteuid() == 0 && ::seteuid(nobody) != 0) { // root is permitted everything
            return 1;
        }
        int differences = 0;
        for (const operation& each : operations) {
            for (const char* const path :
                 {"secret", "shut", "shut/file", "shut/.", "fixed", "fixed/file", "fixed/new"}) {
                const errc code = each.by_guest(both.guest, path);
                const errc expected = by_host(each, path, both.directory);
                if (code != expected) {
                    std::fprintf(stderr, "%s, %s: %u where the host says %u\n", each.name.c_str(), path,
                                 static_cast<unsigned>(code), static_cast<unsigned>(expected));
                    differences = 1;
                }
            }
        }
        static_cast<void>(::seteuid(::getuid())); // to remove the trees
        return differences == 0 ? 0 : 2;
    });
    CHECK(status == 0);
}

TEST_CASE("a read-only sandbox says what a read-only mount says") {
    trees both(riser::wasi::access::read_only);
    const std::vector<std::string> untouched = describe(both.of_guest);
    for (const refusals& each : of_read_only_mount) {
        CAPTURE(each.operation);
        const operation& found = *std::find_if(operations.begin(), operations.end(),
                                               [&](const operation& other) { return other.name == each.operation; });
        CHECK(found.by_guest(both.guest, "file") == each.file);
        CHECK(found.by_guest(both.guest, "none") == each.none);
        CHECK(found.by_guest(both.guest, "none/x") == each.no_parent);
        CHECK(found.by_guest(both.guest, "dir") == each.directory);
        CHECK(found.by_guest(both.guest, "to-file") == each.link);
    }
    CHECK(describe(both.of_guest) == untouched);
}

TEST_CASE("a read-only sandbox says what a read-only mount of this machine says") {
    trees both(riser::wasi::access::read_only);
    const std::vector<std::string> untouched = describe(both.of_guest);
    const int mounted = open_read_only_mount(both.of_host.path());
    if (mounted < 0) {
        MESSAGE("this process may not mount: not compared");
        return;
    }
    for (const operation& each : operations) {
        for (const std::string& path : paths) {
            CAPTURE(each.name);
            CAPTURE(path);
            CHECK(each.by_guest(both.guest, path) == by_host(each, path, mounted));
        }
    }
    CHECK(describe(both.of_guest) == untouched);
    ::close(mounted);
}

TEST_CASE("between a read-only sandbox and another it is as between mounts") {
    const test::temporary_directory closed;
    const test::temporary_directory open;
    make_tree(closed);
    make_tree(open);
    open.write("other", "");
    test::guest guest(riser::wasi::options()
                          .preopen(closed.path(), "closed", riser::wasi::access::read_only)
                          .preopen(open.path(), "open")
                          .preopen(closed.path(), "closed too", riser::wasi::access::read_only));
    const int mounts[] = {open_read_only_mount(closed.path()), ::open(open.path().c_str(), O_RDONLY | O_DIRECTORY),
                          open_read_only_mount(closed.path())};
    struct attempt {
        std::uint32_t from, to;
        std::string old_name, new_name;
        errc linked, renamed;
    };
    const attempt attempts[] = {
        {0, 1, "file", "new", errc::xdev, errc::xdev},     {0, 1, "file", "other", errc::exist, errc::xdev},
        {0, 1, "none", "new", errc::noent, errc::xdev},    {0, 1, "file", "none/x", errc::noent, errc::noent},
        {1, 0, "file", "new", errc::rofs, errc::xdev},     {1, 0, "file", "file", errc::exist, errc::xdev},
        {1, 0, "none/x", "new", errc::noent, errc::noent}, {0, 2, "file", "new", errc::rofs, errc::xdev},
        {0, 0, "file", "new", errc::rofs, errc::rofs},
    };
    for (const attempt& each : attempts) {
        CAPTURE(each.from);
        CAPTURE(each.to);
        CAPTURE(each.old_name);
        CAPTURE(each.new_name);
        const test::guest_text from = guest.put(each.old_name);
        const test::guest_text to = guest.put(each.new_name);
        CHECK(guest.call("path_link", 3 + each.from, 0, from.at, from.size, 3 + each.to, to.at, to.size) ==
              each.linked);
        CHECK(guest.rename(each.old_name, each.new_name, 3 + each.from, 3 + each.to) == each.renamed);
        if (mounts[0] >= 0) {
            const char* const old_name = each.old_name.c_str();
            const char* const new_name = each.new_name.c_str();
            CHECK(::linkat(mounts[each.from], old_name, mounts[each.to], new_name, 0) < 0);
            CHECK(riser::wasi::last_error() == each.linked);
            CHECK(::renameat(mounts[each.from], old_name, mounts[each.to], new_name) < 0);
            CHECK(riser::wasi::last_error() == each.renamed);
        }
    }
    for (const int mount : mounts) {
        ::close(mount);
    }
}
