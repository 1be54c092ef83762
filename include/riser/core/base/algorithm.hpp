#pragma once

#include "riser/core/base/vector.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

// What the core needs of <algorithm>, which itself is 60 ms of every translation unit, and its sorts 30 ms for each type.

namespace riser::inline v0_1::core {

template <class T>
[[nodiscard]] constexpr T lesser(T a, T b) noexcept {
    return b < a ? b : a;
}
template <class T>
[[nodiscard]] constexpr T greater(T a, T b) noexcept {
    return a < b ? b : a;
}

/// Folds a word into a hash. Who chooses the words can make hashes equal.
[[nodiscard]] constexpr std::uint64_t mix_hash(std::uint64_t hash, std::uint64_t word) noexcept {
    hash = (hash ^ word) * 0x9e37'79b9'7f4a'7c15;
    return hash ^ hash >> 32U;
}

/// The first of the numbers below `count` for which `is_before` is false, where it is true for all below that; `count` if
/// there is none.
template <class Predicate>
[[nodiscard]] constexpr std::size_t partition_point(std::size_t count, const Predicate& is_before) {
    std::size_t begin = 0;
    while (begin < count) {
        const std::size_t middle = begin + (count - begin) / 2;
        if (is_before(middle)) {
            begin = middle + 1;
        } else {
            count = middle;
        }
    }
    return begin;
}

/// Which of the elements at positions `a` and `b` of what `context` points to comes first.
using position_order = bool (*)(const void* context, std::uint32_t a, std::uint32_t b);

/// The positions 0 to `count` - 1 in ascending order of their elements, by heap sort: whoever chooses the elements cannot
/// make it slow. One function for all element types, where std::sort would be one (of half a kilobyte) for each.
/// \returns false where there is no memory for them.
[[nodiscard, gnu::cold, gnu::noinline]] inline bool try_sort_positions(vector<std::uint32_t>& order, std::size_t count,
                                                                       position_order is_before, const void* context) {
    order.clear();
    if (!order.try_reserve(count)) {
        return false;
    }
    for (std::size_t i = 0; i < count; ++i) {
        order.push_back_reserved(static_cast<std::uint32_t>(i));
    }
    // The first half of `rounds` makes a heap, largest first; the others move its largest to the end.
    std::size_t heap = count;
    for (std::size_t rounds = count / 2 + count; rounds > 1; --rounds) {
        std::size_t parent = 0;
        if (rounds > count) {
            parent = rounds - count - 1;
        } else {
            --heap;
            std::swap(order[0], order[heap]);
        }
        const std::uint32_t moved = order[parent];
        for (std::size_t child = 2 * parent + 1; child < heap; child = 2 * parent + 1) {
            child += child + 1 < heap && is_before(context, order[child], order[child + 1]) ? 1U : 0U;
            if (!is_before(context, moved, order[child])) {
                break;
            }
            order[parent] = order[child];
            parent = child;
        }
        order[parent] = moved;
    }
    return true;
}

} // namespace riser::inline v0_1::core
