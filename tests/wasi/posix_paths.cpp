// Inside the sandbox, paths mean what they mean to the host: the same calls on two equal trees, one by the guest, one by
// the host itself, fail or succeed alike and leave equal trees.
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using riser::wasi::errc;
using test::follow;
using test::rights::fd_read;
using test::rights::read_write;

namespace {

const std::vector<std::string> paths = {
    "file",        "file/",    "file/.", "file//",  "dir",      "dir/",      "dir/.",     "dir//",    "empty",
    "empty/",      "none",     "none/",  "none/x",  "to-file",  "to-file/",  "to-dir",    "to-dir/",  "to-dir/.",
    "to-none",     "to-none/", "circle", "circle/", "to-empty", "to-empty/", "dir/sub",   "dir/sub/", "to-dir/sub",
    "to-dir/sub/", ".",        "./",     "./file",  "file/x",   "to-slash",  "to-slash/",
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
     [](int at, const char* path) { return ::utimensat(at, path, nullptr, AT_SYMLINK_NOFOLLOW); }},
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

/// Where Linux does not do as POSIX says, what POSIX says: a new link has the name of a file and a slash.
int corrected(const std::string& operation, const std::string& path, int number, int directory) {
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

/// A tree of the guest's and one of the host's.
struct trees {
    test::temporary_directory of_guest;
    test::temporary_directory of_host;
    test::guest guest{riser::wasi::options().preopen(of_guest.path(), ".")};
    int directory = ::open(of_host.path().c_str(), O_RDONLY | O_DIRECTORY);

    trees() {
        make_tree(of_guest);
        make_tree(of_host);
    }
    ~trees() { ::close(directory); }
};

} // namespace

TEST_CASE("paths inside a sandbox mean what they mean to the host") {
    auto both = std::make_unique<trees>();
    const std::vector<std::string> untouched = describe(both->of_host);
    for (const operation& each : operations) {
        for (const std::string& path : paths) {
            CAPTURE(each.name);
            CAPTURE(path);
            const errc code = each.by_guest(both->guest, path);
            const int number = each.by_host(both->directory, path.c_str()) < 0 ? errno : 0;
            CHECK(code == riser::wasi::from_errno(corrected(each.name, path, number, both->directory)));
            const std::vector<std::string> left = describe(both->of_host);
            CHECK(describe(both->of_guest) == left);
            if (left != untouched) {
                both = std::make_unique<trees>();
            }
        }
    }
}
