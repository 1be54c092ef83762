// No function works on a number that is not open.
#include "wasi/guest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

using riser::wasi::errc;

TEST_CASE("numbers that are not open are bad descriptors for every function") {
    const test::temporary_directory host;
    host.write("file", "content");
    test::guest guest(riser::wasi::options().preopen(host.path(), "."));
    const test::guest_text file = guest.put("file");
    const std::uint32_t out = guest.allocate(64);
    const std::uint32_t iovec = guest.make_iovec(out, 8);
    const std::uint64_t at = file.at;
    const std::uint64_t size = file.size;
    for (const std::uint64_t fd : {std::uint64_t{4}, std::uint64_t{0x8000'0000}, std::uint64_t{0xffff'ffff}}) {
        CAPTURE(fd);
        struct attempt {
            std::string_view name;
            std::initializer_list<std::uint64_t> arguments;
        };
        const attempt attempts[] = {
            {"fd_advise", {fd, 0, 0, 0}},
            {"fd_allocate", {fd, 0, 1}},
            {"fd_close", {fd}},
            {"fd_datasync", {fd}},
            {"fd_fdstat_get", {fd, out}},
            {"fd_fdstat_set_flags", {fd, 0}},
            {"fd_fdstat_set_rights", {fd, 0, 0}},
            {"fd_filestat_get", {fd, out}},
            {"fd_filestat_set_size", {fd, 0}},
            {"fd_filestat_set_times", {fd, 0, 0, 2}},
            {"fd_pread", {fd, iovec, 1, 0, out}},
            {"fd_prestat_get", {fd, out}},
            {"fd_prestat_dir_name", {fd, out, 8}},
            {"fd_pwrite", {fd, iovec, 1, 0, out}},
            {"fd_read", {fd, iovec, 1, out}},
            {"fd_readdir", {fd, out, 64, 0, iovec}},
            {"fd_renumber", {fd, 3}},
            {"fd_renumber", {3, fd}},
            {"fd_seek", {fd, 0, 0, out}},
            {"fd_sync", {fd}},
            {"fd_tell", {fd, out}},
            {"fd_write", {fd, iovec, 1, out}},
            {"path_create_directory", {fd, at, size}},
            {"path_filestat_get", {fd, 0, at, size, out}},
            {"path_filestat_set_times", {fd, 0, at, size, 0, 0, 2}},
            {"path_link", {fd, 0, at, size, 3, at, size}},
            {"path_link", {3, 0, at, size, fd, at, size}},
            {"path_open", {fd, 0, at, size, 0, 2, 2, 0, out}},
            {"path_readlink", {fd, at, size, out, 8, iovec}},
            {"path_remove_directory", {fd, at, size}},
            {"path_rename", {fd, at, size, 3, at, size}},
            {"path_rename", {3, at, size, fd, at, size}},
            {"path_symlink", {at, size, fd, at, size}},
            {"path_unlink_file", {fd, at, size}},
            {"sock_accept", {fd, 0, out}},
            {"sock_recv", {fd, iovec, 1, 0, out, out + 4}},
            {"sock_send", {fd, iovec, 1, 0, out}},
            {"sock_shutdown", {fd, 1}},
        };
        for (const attempt& each : attempts) {
            CAPTURE(std::string(each.name));
            CHECK(static_cast<errc>(guest.call_with(each.name, each.arguments).value()) == errc::badf);
        }
    }
    CHECK(host.read("file") == "content");
    CHECK(guest.try_open("file") == errc::success);
}
