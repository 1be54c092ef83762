#pragma once

#include "riser/config.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/growing_array.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/uio.h>

namespace riser::inline v0_1::wasi::detail {

/// The guest's buffers for scattering and gathering, as the host's system calls want them. Where the guest states more
/// than a system call takes, or more bytes than their count can say, it is the beginning of them: transfers may be short.
/// Empty buffers are left out.
class guest_buffers {
public:
    /// \param at an array of `count` records of address and size. \returns fault where it or one of the buffers is not all
    /// in memory, intr where an interrupt is to end the call, nomem where there is no memory for more than `usual`.
    [[nodiscard]] errc collect(const guest_memory& memory, std::uint32_t at, std::uint32_t count,
                               std::uint64_t most_bytes = UINT32_MAX) {
        guest_record array;
        if (!memory.find(at, std::uint64_t{iovec_size} * count, array)) {
            return errc::fault;
        }
        first_ = 0;
        count_ = 0;
        total_ = 0;
        many_.shrink(0);
        std::uint32_t i = 0;
        for (std::uint32_t used_buffers = 0; i < count && used_buffers < most_buffers && total_ < most_bytes; ++i) {
            const std::size_t record = std::size_t{iovec_size} * i;
            const auto size = array.get<std::uint32_t>(record + 4);
            guest_record buffer;
            if (size == 0) {
                if (i % records_between_looks == 0 && memory.is_interrupted()) {
                    return errc::intr;
                }
                continue; // it must not take the place of one that says something
            }
            ++used_buffers;
            if (!memory.find(array.get<std::uint32_t>(record), size, buffer)) {
                return errc::fault;
            }
            const std::uint64_t used = size < most_bytes - total_ ? size : most_bytes - total_;
            const errc failure = append({buffer.bytes().data(), static_cast<std::size_t>(used)});
            if (failure != errc::success) {
                return failure;
            }
            total_ += used;
        }
        return memory.charge(std::uint64_t{iovec_size} * i);
    }

    [[nodiscard]] std::span<const iovec> list() const noexcept {
        return many_.empty() ? std::span<const iovec>(few_).subspan(first_, count_ - first_)
                             : std::span<const iovec>(many_).subspan(first_);
    }
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; } ///< in bytes

    /// The first of them that have no more than `most` bytes, or a part of the first that is not empty where that has more.
    /// \param bytes becomes their size
    [[nodiscard]] std::span<const iovec> part(std::uint64_t most, std::uint64_t& bytes) noexcept {
        drop(0);
        bytes = 0;
        std::size_t count = 0;
        for (const iovec& buffer : list()) {
            if (buffer.iov_len > most - bytes) {
                break;
            }
            bytes += buffer.iov_len;
            ++count;
        }
        if (count != 0) {
            return list().first(count);
        }
        bytes = most;
        part_ = {list().front().iov_base, core::cast<std::size_t>(most)};
        return {&part_, 1};
    }
    /// Takes away the first `size` bytes, of at most total(), and what is empty then at the front.
    void drop(std::uint64_t size) noexcept {
        total_ -= size;
        for (; !list().empty(); ++first_) {
            iovec& front = many_.empty() ? few_[first_] : many_[first_];
            if (front.iov_len > size) {
                front.iov_base = static_cast<std::byte*>(front.iov_base) + size;
                front.iov_len -= core::cast<std::size_t>(size);
                return;
            }
            size -= front.iov_len;
        }
    }

private:
    static constexpr std::uint32_t most_buffers = 1024; // IOV_MAX of all systems we know
    static constexpr std::size_t usual = 8;
    static constexpr std::uint32_t records_between_looks = 65536; ///< at the interrupt; there may be 2^29 empty buffers

    [[nodiscard]] errc append(const iovec& buffer) noexcept {
        if (count_ < usual) {
            few_[count_++] = buffer;
            return errc::success;
        }
        const errc failure = many_.empty() ? many_.append(std::span<const iovec>(few_)) : errc::success;
        return failure == errc::success ? many_.append(buffer) : failure;
    }

    iovec few_[usual];
    std::size_t first_ = 0;     ///< those before it have been dropped
    std::size_t count_ = 0;     ///< in few_
    growing_array<iovec> many_; ///< all, where they are more than `usual`: callbacks, which may nest, have little stack
    iovec part_{};
    std::uint64_t total_ = 0;
};

} // namespace riser::inline v0_1::wasi::detail
