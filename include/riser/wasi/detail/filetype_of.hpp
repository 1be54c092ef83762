#pragma once

#include "riser/wasi/detail/abi.hpp"

#include <sys/stat.h>

namespace riser::inline v0_1::wasi::detail {

[[nodiscard]] inline filetype filetype_of(mode_t mode) noexcept {
    switch (mode & S_IFMT) {
    case S_IFBLK: return filetype::block_device;
    case S_IFCHR: return filetype::character_device;
    case S_IFDIR: return filetype::directory;
    case S_IFREG: return filetype::regular_file;
    case S_IFLNK: return filetype::symbolic_link;
    case S_IFSOCK: return filetype::socket_stream;
    default: return filetype::unknown;
    }
}

} // namespace riser::inline v0_1::wasi::detail
