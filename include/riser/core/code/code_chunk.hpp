#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/code/code_region.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace riser::inline v0_1::core::runtime {

struct module_code;

/// Resolved code of several functions of one (module, memory mode), behind a header that says so. Functions are added at the
/// front, one at a time; where each begins is noted from the end downwards. Reading takes no lock.
class code_chunk : public code_region {
public:
    /// Chunks begin at multiples of this, so that no two share a piece of that size: see code_map.
    static constexpr unsigned granule_log2 = 10;
    static constexpr std::size_t granule = std::size_t{1} << granule_log2;

    /// A chunk for functions of `words` words in all. \returns null where there is no memory.
    [[nodiscard, gnu::cold]] static code_chunk* make(const allocator& source, const module_code& owner,
                                                     std::size_t words) noexcept {
        const std::size_t needed = sizeof(code_chunk) + words * sizeof(code_word) + sizeof(std::uint32_t);
        const std::size_t bytes = (needed + granule - 1) / granule * granule;
        // Aligned here: an embedder's allocator may know fundamental alignment only.
        void* const block =
            bytes > most_bytes ? nullptr : source.allocate(source.user, bytes + granule, alignof(std::max_align_t));
        if (block == nullptr) {
            return nullptr;
        }
        const std::size_t past = reinterpret_cast<std::uintptr_t>(block) % granule;
        return new (static_cast<std::byte*>(block) + (granule - past) % granule) code_chunk(owner, block, bytes);
    }
    [[gnu::cold]] static void free(const allocator& source, code_chunk* chunk) noexcept {
        source.deallocate(source.user, chunk->block_, chunk->bytes_ + granule, alignof(std::max_align_t));
    }

    [[nodiscard]] const module_code& owner() const noexcept { return *owner_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

    [[nodiscard]] bool has_room(std::size_t words) const noexcept {
        const std::size_t notes = (count_.load(std::memory_order_relaxed) + 1) * sizeof(std::uint32_t);
        return used_ + words * sizeof(code_word) + notes <= bytes_;
    }

    /// Room for the next function, which the caller fills before anybody may run it. The caller has asked has_room.
    [[nodiscard]] code_word* add(std::size_t words) noexcept {
        const std::uint32_t count = count_.load(std::memory_order_relaxed);
        auto* const first = reinterpret_cast<code_word*>(reinterpret_cast<std::byte*>(this) + used_);
        *note(count) = static_cast<std::uint32_t>(used_);
        used_ += words * sizeof(code_word);
        count_.store(count + 1, std::memory_order_release);
        return first;
    }

    /// The first word of the function that has `pc` in it; null where there is none.
    [[nodiscard, gnu::cold]] const code_word* function_at(const void* pc) const noexcept {
        const std::size_t count = count_.load(std::memory_order_acquire);
        const auto at =
            static_cast<std::size_t>(static_cast<const std::byte*>(pc) - reinterpret_cast<const std::byte*>(this));
        const std::size_t after = partition_point(count, [&](std::size_t i) { return *note(i) <= at; });
        return after == 0
                   ? nullptr
                   : reinterpret_cast<const code_word*>(reinterpret_cast<const std::byte*>(this) + *note(after - 1));
    }

    code_chunk* next = nullptr; ///< of the same owner

private:
    static constexpr std::size_t most_bytes = UINT32_MAX; // what a note can say

    code_chunk(const module_code& owner, void* block, std::size_t bytes) noexcept
        : code_region{code_kind::bytecode}, owner_(&owner), block_(block), bytes_(bytes) {}

    [[nodiscard]] std::uint32_t* note(std::size_t i) const noexcept {
        auto* const end = const_cast<std::byte*>(reinterpret_cast<const std::byte*>(this) + bytes_);
        return reinterpret_cast<std::uint32_t*>(end) - 1 - i;
    }

    const module_code* owner_;
    void* block_; ///< the allocator's
    std::size_t bytes_;
    std::size_t used_ = sizeof(code_chunk);
    std::atomic<std::uint32_t> count_ = 0; ///< of functions
};
static_assert(sizeof(code_chunk) % sizeof(code_word) == 0 && std::atomic<std::uint32_t>::is_always_lock_free);

} // namespace riser::inline v0_1::core::runtime
