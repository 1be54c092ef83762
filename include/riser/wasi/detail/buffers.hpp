#pragma once

#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <sys/uio.h>

namespace riser::inline v0::wasi::detail {

/// The guest's buffers for scattering and gathering, as the host's system calls want them. Where the guest states more
/// than a system call takes, or more bytes than their count can say, it is the beginning of them: transfers may be short.
class guest_buffers {
public:
    /// \param at an array of `count` records of address and size. \returns fault where it or one of the buffers is not all
    /// in memory.
    [[nodiscard]] errc collect(const guest_memory& memory, std::uint32_t at, std::uint32_t count,
                               std::uint64_t most_bytes = UINT32_MAX) {
        guest_record array;
        if (!memory.find(at, std::uint64_t{iovec_size} * count, array)) {
            return errc::fault;
        }
        count_ = 0;
        total_ = 0;
        many_.clear();
        for (std::uint32_t i = 0; i < count && i < most_buffers && total_ < most_bytes; ++i) {
            const std::size_t record = std::size_t{iovec_size} * i;
            const auto size = array.get<std::uint32_t>(record + 4);
            guest_record buffer;
            if (!memory.find(array.get<std::uint32_t>(record), size, buffer)) {
                return errc::fault;
            }
            const std::uint64_t used = size < most_bytes - total_ ? size : most_bytes - total_;
            append({buffer.bytes().data(), static_cast<std::size_t>(used)});
            total_ += used;
        }
        return errc::success;
    }

    [[nodiscard]] std::span<const iovec> list() const noexcept {
        return many_.empty() ? std::span<const iovec>(few_, count_) : std::span<const iovec>(many_);
    }
    [[nodiscard]] int count() const noexcept { return static_cast<int>(list().size()); }
    [[nodiscard]] std::uint64_t total() const noexcept { return total_; } ///< in bytes

private:
    static constexpr std::uint32_t most_buffers = 1024; // IOV_MAX of all systems we know
    static constexpr std::size_t usual = 8;

    void append(const iovec& buffer) {
        if (count_ < usual) {
            few_[count_++] = buffer;
            return;
        }
        if (many_.empty()) {
            many_.assign(few_, few_ + usual);
        }
        many_.push_back(buffer);
    }

    iovec few_[usual];
    std::size_t count_ = 0;
    std::vector<iovec> many_; ///< all, where they are more than `usual`
    std::uint64_t total_ = 0;
};

} // namespace riser::inline v0::wasi::detail
