// Every kind of file is, by path and by descriptor, opened or lent, what the host says that it is, and what cannot be done with
// it fails as it does for the host.
#include "support/process.hpp"
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

using riser::wasi::errc;
using riser::wasi::from_errno;
using riser::wasi::options;

namespace {

/// The number of the interface for what stat says; there is none for FIFOs.
std::uint8_t type_of(const struct stat& status) {
    switch (status.st_mode & S_IFMT) {
    case S_IFBLK: return 1;
    case S_IFCHR: return 2;
    case S_IFDIR: return test::filetype::directory;
    case S_IFREG: return test::filetype::regular_file;
    case S_IFSOCK: return test::filetype::socket_stream;
    case S_IFLNK: return test::filetype::symbolic_link;
    default: return test::filetype::unknown;
    }
}

/// As libc finds it out: from the type and the rights.
bool is_terminal(const test::guest_fdstat& status) {
    return status.type == 2 && (status.base & (test::rights::fd_seek | test::rights::fd_tell)) == 0;
}

/// \returns whether both functions say of `fd` what the host says of `host`.
bool is_described(test::guest& guest, std::uint32_t fd, int host) {
    struct stat expected{};
    test::guest_filestat file{};
    test::guest_fdstat status{};
    return ::fstat(host, &expected) == 0 && guest.filestat(fd, file) == errc::success &&
           guest.fdstat(fd, status) == errc::success && file.type == type_of(expected) &&
           status.type == type_of(expected) && file.inode == expected.st_ino &&
           is_terminal(status) == (::isatty(host) != 0);
}

/// A new pseudoterminal's side for programs; the other side is left open.
int open_terminal() {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    return master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0
               ? -1
               : ::open(::ptsname(master), O_RDWR | O_NOCTTY);
}

/// What a shell may redirect a standard stream to. The file is made anew, with ten bytes in it.
struct kind {
    std::string name;
    std::function<int(const test::temporary_directory&)> open;
};

const std::vector<kind> kinds = {
    {"file",
     [](const test::temporary_directory& host) {
         host.write("file", "0123456789");
         return ::open(host.path("file").c_str(), O_RDWR);
     }},
    {"FIFO",
     [](const test::temporary_directory& host) {
         ::mkfifo(host.path("fifo").c_str(), 0600);
         return ::open(host.path("fifo").c_str(), O_RDWR);
     }},
    {"pipe",
     [](const test::temporary_directory&) {
         int ends[2];
         return ::pipe(ends) == 0 ? ends[1] : -1;
     }},
    {"socket",
     [](const test::temporary_directory&) {
         int ends[2];
         return ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0 ? ends[0] : -1;
     }},
    {"terminal", [](const test::temporary_directory&) { return open_terminal(); }},
    {"null", [](const test::temporary_directory&) { return ::open("/dev/null", O_RDWR); }},
    {"zero", [](const test::temporary_directory&) { return ::open("/dev/zero", O_RDWR); }},
    {"full", [](const test::temporary_directory&) { return ::open("/dev/full", O_RDWR); }},
    {"random", [](const test::temporary_directory&) { return ::open("/dev/urandom", O_RDWR); }},
};

/// One function of descriptors, as the guest and as the host call it; the host says errno.
struct operation {
    std::string name;
    std::function<errc(test::guest&, std::uint32_t fd)> by_guest;
    std::function<int(int fd)> by_host;
};

const std::vector<operation> operations = {
    {"advise", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_advise", fd, 0, 4, 3); },
     [](int fd) { return ::posix_fadvise(fd, 0, 4, POSIX_FADV_WILLNEED); }},
    {"allocate", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_allocate", fd, 0, 20); },
     [](int fd) { return ::posix_fallocate(fd, 0, 20); }},
    {"set size", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_filestat_set_size", fd, 5); },
     [](int fd) { return ::ftruncate(fd, 5) == 0 ? 0 : errno; }},
    {"sync", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_sync", fd); },
     [](int fd) { return ::fsync(fd) == 0 ? 0 : errno; }},
    {"datasync", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_datasync", fd); },
     [](int fd) { return ::fdatasync(fd) == 0 ? 0 : errno; }},
    {"seek",
     [](test::guest& guest, std::uint32_t fd) {
         std::uint64_t position = 0;
         return guest.seek(fd, 3, 0, position);
     },
     [](int fd) { return ::lseek(fd, 3, SEEK_SET) >= 0 ? 0 : errno; }},
    {"tell", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_tell", fd, guest.allocate(8)); },
     [](int fd) { return ::lseek(fd, 0, SEEK_CUR) >= 0 ? 0 : errno; }},
    {"write at", [](test::guest& guest, std::uint32_t fd) { return guest.pwrite(fd, "x", 1); },
     [](int fd) { return ::pwrite(fd, "x", 1, 1) >= 0 ? 0 : errno; }},
    {"set times", [](test::guest& guest, std::uint32_t fd) { return guest.call("fd_filestat_set_times", fd, 0, 7, 4); },
     [](int fd) {
         const timespec times[2] = {{0, UTIME_OMIT}, {0, 7}};
         return ::futimens(fd, times) == 0 ? 0 : errno;
     }},
};

} // namespace

TEST_CASE("a file of any kind is by path and by descriptor what it is for the host") {
    const test::temporary_directory host;
    host.write("file", "content");
    host.make_directory("dir");
    host.make_link("file", "link");
    REQUIRE(::mkfifo(host.path("fifo").c_str(), 0600) == 0);
    const int listener = test::listen_at(host.path("socket"));
    ::mknod(host.path("block").c_str(), S_IFBLK | 0600, 0); // where this process may
    const int terminal = open_terminal();
    REQUIRE(terminal >= 0);
    const std::string terminal_path = ::ttyname(terminal);
    struct place {
        std::string directory, name;
        bool is_opened = true;
    };
    const place places[] = {
        {host.path(), "file"},
        {host.path(), "dir"},
        {host.path(), "link", false},
        {host.path(), "fifo"},
        {host.path(), "socket", false},
        {host.path(), "block", false},
        {"/dev", "null"},
        {"/dev", "zero"},
        {"/dev", "full"},
        {"/dev", "urandom"},
        {"/dev/pts", terminal_path.substr(terminal_path.rfind('/') + 1)},
    };
    for (const place& each : places) {
        CAPTURE(each.name);
        const std::string path = each.directory + '/' + each.name;
        struct stat expected{};
        if (::lstat(path.c_str(), &expected) != 0) {
            continue; // the block device
        }
        test::guest guest(options().preopen(each.directory, "."));
        test::guest_filestat file{};
        CHECK(guest.path_filestat(each.name, file) == errc::success);
        CHECK(file.type == type_of(expected));
        if (each.is_opened) {
            std::uint32_t fd = 0;
            const int opened = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY);
            REQUIRE(guest.open(3, each.name, fd, 0, test::rights::fd_read, 0, test::fdflags::nonblock) ==
                    errc::success);
            CHECK(is_described(guest, fd, opened));
            ::close(opened);
        }
    }
    ::close(listener);
    ::close(terminal);
}

TEST_CASE("a standard stream is what it is for the host") {
    const test::temporary_directory host;
    for (const kind& each : kinds) {
        CAPTURE(each.name);
        const int status = test::in_child([&] {
            const int opened = each.open(host);
            if (opened < 0 || ::dup2(opened, 0) < 0 || ::dup2(opened, 1) < 0) {
                return 1;
            }
            test::guest guest(options().inherit_stdio());
            return is_described(guest, 0, 0) && is_described(guest, 1, 1) ? 0 : 2;
        });
        CHECK(status == 0);
    }
}

TEST_CASE("what can be done with a standard stream is what the host can do with it") {
    const test::temporary_directory of_guest;
    const test::temporary_directory of_host;
    for (const kind& each : kinds) {
        for (const operation& tried : operations) {
            CAPTURE(each.name);
            CAPTURE(tried.name);
            const int status = test::in_child([&] {
                const int lent = each.open(of_guest);
                const int opened = each.open(of_host);
                if (opened < 0 || lent < 0 || ::dup2(lent, 1) < 0) {
                    return 99;
                }
                test::guest guest(options().inherit_stdio());
                const errc code = tried.by_guest(guest, 1);
                const errc expected = from_errno(tried.by_host(opened));
                if (code != expected) {
                    std::fprintf(stderr, "%s, %s: %u where the host says %u\n", each.name.c_str(), tried.name.c_str(),
                                 static_cast<unsigned>(code), static_cast<unsigned>(expected));
                }
                return code == expected ? 0 : 1;
            });
            CHECK(status == 0);
            CHECK(of_guest.read("file") == of_host.read("file"));
        }
    }
}

TEST_CASE("what was lent for reading is not made longer or shorter") {
    const test::temporary_directory host;
    const int status = test::in_child([&] {
        if (::dup2(kinds.front().open(host), 0) < 0) { // a file that is open for writing, too
            return 1;
        }
        test::guest guest(options().inherit_stdio());
        return guest.call("fd_advise", 0, 0, 0, 2) == errc::success &&
                       guest.call("fd_filestat_set_size", 0, 0) == errc::inval &&
                       guest.call("fd_allocate", 0, 0, 100) == errc::badf
                   ? 0
                   : 2;
    });
    CHECK(status == 0);
    CHECK(host.read("file") == "0123456789");
}
