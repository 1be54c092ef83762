#pragma once

#include "riser/core/base/vector.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace riser::inline v0::core::runtime {

/// Finds positions in some array by hash; the array compares. Nothing is ever removed. (Cheaper to compile than the
/// standard's maps, which everybody who includes a header of the API would pay for.)
class hash_index {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    /// The position with this hash for which `is_wanted(position)`; none where there is none.
    template <class Predicate>
    [[nodiscard, gnu::cold]] std::uint32_t find(std::uint64_t hash, const Predicate& is_wanted) const {
        if (cells_.empty()) {
            return none;
        }
        const std::size_t mask = cells_.size() - 1;
        for (std::size_t i = static_cast<std::size_t>(hash) & mask;; i = (i + 1) & mask) {
            const cell& one = cells_[i];
            if (one.position == none || (one.hash == hash && is_wanted(one.position))) {
                return one.position;
            }
        }
    }

    void insert(std::uint64_t hash, std::uint32_t position) {
        if (count_ * 2 >= cells_.size()) {
            grow();
        }
        place({hash, position});
        ++count_;
    }

    /// For 64-bit keys and to fold words into a hash.
    [[nodiscard]] static constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t word) noexcept {
        hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15;
        return hash ^ hash >> 32U;
    }

private:
    struct cell {
        std::uint64_t hash = 0;
        std::uint32_t position = none;
    };

    [[gnu::cold]] void place(const cell& added) noexcept {
        const std::size_t mask = cells_.size() - 1;
        std::size_t i = static_cast<std::size_t>(added.hash) & mask;
        while (cells_[i].position != none) {
            i = (i + 1) & mask;
        }
        cells_[i] = added;
    }

    [[gnu::cold]] void grow() {
        vector<cell> old(cells_.empty() ? 16 : cells_.size() * 2);
        cells_.swap(old);
        for (const cell& one : old) {
            if (one.position != none) {
                place(one);
            }
        }
    }

    vector<cell> cells_; ///< a power of two of them, at most half full
    std::size_t count_ = 0;
};

} // namespace riser::inline v0::core::runtime
