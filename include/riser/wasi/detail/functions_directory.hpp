#pragma once

#include "riser/config.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/listing.hpp"
#include "riser/wasi/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

namespace riser::inline v0_1::wasi::detail {

/// A cookie is the number of entries before; 0 reads the directory anew. \returns nomem where there is no memory for the listing,
/// or the guest's listings would take more than options::listing_limit.
inline errc fd_readdir(context& self, const guest_memory& memory, std::uint32_t fd, std::uint32_t buffer_at,
                       std::uint32_t size, std::uint64_t cookie, std::uint32_t size_at) {
    descriptor* directory = nullptr;
    if (const errc failure = find_open(self, fd, rights::fd_readdir, directory); failure != errc::success) {
        return failure;
    }
    guest_record buffer;
    guest_record used_at;
    if (!memory.find(buffer_at, size, buffer) || !memory.find(size_at, 4, used_at)) {
        return errc::fault;
    }
    if (cookie == 0 || !directory->entries) {
        directory->entries.reset();
        listing fresh;
        const std::uint64_t others = self.descriptors().listing_bytes();
        const std::uint64_t most = self.listing_limit() > others ? self.listing_limit() - others : 0;
        if (const errc failure = read_directory(memory, directory->host, most, fresh); failure != errc::success) {
            return failure;
        }
        directory->entries = std::move(fresh);
    }
    std::span<std::byte> rest = buffer.bytes();
    // What does not fit whole is cut off, so that a full buffer says that there is more.
    const auto put = [&rest](const void* data, std::size_t length) {
        const std::size_t part = length < rest.size() ? length : rest.size();
        if (part != 0) {
            std::memcpy(rest.data(), data, part);
        }
        rest = rest.subspan(part);
    };
    for (std::uint64_t next = cookie; next < directory->entries->size() && !rest.empty();) {
        if (next % entries_between_looks == 0 && memory.is_interrupted()) {
            return errc::intr;
        }
        const directory_entry entry = (*directory->entries)[core::cast<std::size_t>(next++)];
        std::byte bytes[dirent_size] = {};
        const guest_record header(bytes);
        header.set(0, next);
        header.set(8, entry.inode);
        header.set(16, static_cast<std::uint32_t>(entry.name.size()));
        header.set(20, static_cast<std::uint8_t>(entry.type));
        put(bytes, sizeof bytes);
        put(entry.name.data(), entry.name.size());
    }
    used_at.set(0, static_cast<std::uint32_t>(size - rest.size()));
    return memory.charge(size - rest.size());
}

} // namespace riser::inline v0_1::wasi::detail
