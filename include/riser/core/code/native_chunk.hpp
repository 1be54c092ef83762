#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/code/code_region.hpp"
#include "riser/core/code/native_site.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>

namespace riser::inline v0_1::core::runtime {

class native_code;
struct module_data;

/// Where the code of a function lies in its chunk.
struct native_range {
    std::uint32_t begin; ///< offset in bytes
    std::uint32_t bytes;
    std::uint32_t function; ///< index in the module
    std::uint32_t site_bytes;
    const std::byte* sites; ///< native_site by native_site, ascending

    /// The site at `offset`; null where there is none.
    [[nodiscard, gnu::cold]] const native_site* site_at(std::uint32_t offset) const noexcept {
        const auto* const first = reinterpret_cast<const native_site*>(sites);
        const std::size_t count = site_bytes / sizeof(native_site);
        const std::size_t at = partition_point(count, [&](std::size_t i) { return first[i].offset < offset; });
        return at < count && first[at].offset == offset ? first + at : nullptr;
    }
};

/// Native code of several functions of one module, which code_map finds. It lies apart from the code, whose pages are executable
/// and cannot be written. Functions are added in the order of their addresses. Reading takes no lock and may be done in a signal
/// handler.
class native_chunk : public code_region {
public:
    native_chunk(const native_code& owner, const module_data& module, std::byte* begin, std::size_t bytes,
                 native_chunk* next_) noexcept
        : code_region{code_kind::native}, next(next_), owner_(&owner), module_(&module), begin_(begin), bytes_(bytes) {}

    [[nodiscard]] const native_code& owner() const noexcept { return *owner_; }
    [[nodiscard]] const module_data& module() const noexcept { return *module_; }
    [[nodiscard]] std::byte* begin() const noexcept { return begin_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    void use_until(std::size_t offset) noexcept { used_ = offset; }

    [[nodiscard]] std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }

    /// Notes functions from now on in `longer`. Where they were noted so far stays, for who reads there.
    [[gnu::cold]] void move_to(native_range* longer, std::uint32_t capacity) noexcept {
        if (count() != 0) {
            std::memcpy(longer, ranges_.load(std::memory_order_relaxed), count() * sizeof(native_range));
        }
        capacity_ = capacity;
        ranges_.store(longer, std::memory_order_release);
    }
    /// There is capacity for it, and all that were added lie before it.
    void add(const native_range& range) noexcept {
        ::new (ranges_.load(std::memory_order_relaxed) + count()) native_range(range);
        count_.store(count() + 1, std::memory_order_release);
    }

    [[nodiscard, gnu::cold]] std::span<const native_range> functions() const noexcept {
        const std::size_t count = count_.load(std::memory_order_acquire); // first: ranges_ may be a longer one already
        return {ranges_.load(std::memory_order_acquire), count};
    }

    /// The function that has `pc` in it; null where there is none.
    [[nodiscard, gnu::cold]] const native_range* function_at(const void* pc) const noexcept {
        const std::span<const native_range> ranges = functions();
        const auto at = static_cast<std::size_t>(static_cast<const std::byte*>(pc) - begin_);
        const std::size_t after = partition_point(ranges.size(), [&](std::size_t i) { return ranges[i].begin <= at; });
        const native_range* const found = after == 0 ? nullptr : &ranges[after - 1];
        return found != nullptr && at - found->begin < found->bytes ? found : nullptr;
    }

    native_chunk* next; ///< of the same owner

private:
    const native_code* owner_;
    const module_data* module_;
    std::byte* begin_;
    std::size_t bytes_;
    std::size_t used_ = 0;
    std::uint32_t capacity_ = 0;
    std::atomic<std::uint32_t> count_ = 0;
    std::atomic<native_range*> ranges_ = nullptr;
};

} // namespace riser::inline v0_1::core::runtime
