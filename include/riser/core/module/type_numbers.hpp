#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/wasm/types.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

struct registered_type;

/// Where the entry of a type number is. Each chunk of entries is twice as long as the one before, so that few numbers take
/// little memory and the chunk is found by one shift.
struct type_number_place {
    static constexpr std::uint32_t smallest_log2 = 8;
    static constexpr std::uint32_t chunk_count = 17;
    [[nodiscard]] static constexpr std::uint32_t size_of(std::uint32_t chunk) noexcept {
        return 1U << (smallest_log2 + chunk);
    }
    [[nodiscard]] static constexpr std::uint32_t first_number(std::uint32_t chunk) noexcept {
        return size_of(chunk) - size_of(0);
    }

    explicit constexpr type_number_place(std::uint32_t number) noexcept
        : chunk(core::cast<std::uint32_t>(std::bit_width(number + size_of(0))) - 1 - smallest_log2),
          entry(number - first_number(chunk)) {}

    std::uint32_t chunk;
    std::uint32_t entry;
};

/// Which type has which number. Numbers that are given back are given out again, and the memory for large ones ends with
/// them. Who has a number reads without a lock, since nothing of it moves; all else wants the registry's.
class type_numbers {
public:
    /// The number that no type has; its entry is what the constructor gets.
    static constexpr std::uint32_t none = 0;
    /// Numbers have to be heap types.
    static constexpr std::uint32_t limit = wasm::heap_type::func;

    type_numbers(const allocator& source, const registered_type& of_none) noexcept : source_(&source) {
        first_[0] = taken_by(of_none);
        chunks_[0] = {first_, 1, none, 1};
    }
    type_numbers(const type_numbers&) = delete;
    type_numbers& operator=(const type_numbers&) = delete;
    /// All numbers have been given back.
    ~type_numbers() = default;

    [[nodiscard]] const registered_type& operator[](std::uint32_t number) const noexcept {
        const place at(number);
        return *reinterpret_cast<const registered_type*>(chunks_[at.chunk].entries[at.entry]);
    }

    /// A number for `type`; none where there is no memory for it, or no number left.
    [[nodiscard, gnu::cold]] std::uint32_t try_take(const registered_type& type) noexcept {
        for (std::uint32_t i = 0; i < place::chunk_count; ++i) {
            chunk& from = chunks_[i];
            const std::uint32_t begin = place::first_number(i);
            const std::uint32_t size = lesser(place::size_of(i), limit - begin);
            if (from.taken == size) {
                continue;
            }
            if (from.entries == nullptr && !allocate(from, place::size_of(i))) {
                return none;
            }
            const bool is_new = from.free == nothing_free;
            const std::uint32_t at = is_new ? from.used : from.free - 1;
            if (is_new) {
                ++from.used;
            } else {
                from.free = static_cast<std::uint32_t>(from.entries[at] >> 1U);
            }
            ++from.taken;
            from.entries[at] = taken_by(type);
            return begin + at;
        }
        return none;
    }

    void give_back(std::uint32_t number) noexcept {
        const place at(number);
        chunk& to = chunks_[at.chunk];
        to.entries[at.entry] = entry{to.free} << 1U | 1U;
        to.free = at.entry + 1;
        --to.taken;
        if (to.taken == 0) {
            source_->deallocate(source_->user, to.entries, place::size_of(at.chunk) * sizeof(entry), alignof(entry));
            to = {};
        }
    }

    /// Has a type this number? Any number may be asked for.
    [[nodiscard, gnu::cold]] bool is_taken(std::uint32_t number) const noexcept {
        if (number == none || number >= limit) {
            return false;
        }
        const place at(number);
        const chunk& in = chunks_[at.chunk];
        return at.entry < in.used && (in.entries[at.entry] & 1U) == 0;
    }

private:
    using place = type_number_place;

    /// The address of the number's type, or the next free entry of the chunk (its index and 1, or 0) in front of a 1.
    using entry = std::uintptr_t;
    [[nodiscard]] static entry taken_by(const registered_type& type) noexcept { return reinterpret_cast<entry>(&type); }

    struct chunk {
        entry* entries = nullptr;
        std::uint32_t used = 0; ///< entries that were in use once
        std::uint32_t free = nothing_free;
        std::uint32_t taken = 0;
    };
    static constexpr std::uint32_t nothing_free = 0;

    static_assert(place::first_number(place::chunk_count) >= limit &&
                  place::first_number(place::chunk_count - 1) < limit);

    [[nodiscard]] bool allocate(chunk& made, std::uint32_t size) noexcept {
        void* const block = source_->allocate(source_->user, size * sizeof(entry), alignof(entry));
        made.entries = static_cast<entry*>(block);
        return block != nullptr;
    }

    const allocator* source_;
    entry first_[place::size_of(0)] = {};
    chunk chunks_[place::chunk_count];
};

} // namespace riser::inline v0_1::core::runtime
