#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core {

/// Positions of elements by the order of the elements, which are kept elsewhere: an AA tree (Andersson, Balanced search
/// trees made simple, 1993). For keys that guests choose: no choice of theirs makes it slow, as it may a hash table. Not a
/// template: std::set is a kilobyte of code for each order.
class ordered_index {
public:
    static constexpr std::uint32_t none = UINT32_MAX;

    /// The position of an element that is neither before nor behind that at `position`; none where there is none.
    [[nodiscard, gnu::cold, gnu::noinline]] std::uint32_t find(std::uint32_t position, position_order is_before,
                                                               const void* context) const {
        std::uint32_t not_before = none;
        for (std::uint32_t at = root_; at != nil;) {
            if (is_before(context, nodes_[at].position, position)) {
                at = nodes_[at].right;
            } else {
                not_before = nodes_[at].position;
                at = nodes_[at].left;
            }
        }
        return not_before != none && is_before(context, position, not_before) ? none : not_before;
    }

    /// Adds a position whose element no other in here equals.
    [[gnu::cold, gnu::noinline]] void add(std::uint32_t position, position_order is_before, const void* context) {
        if (nodes_.empty()) {
            nodes_.push_back({none, nil, nil, 0});
        }
        std::uint32_t path[most_levels]; // the height is at most twice the logarithm of the size
        std::size_t depth = 0;
        for (std::uint32_t at = root_; at != nil; ++depth) {
            path[depth] = at;
            at = child(at, is_before(context, position, nodes_[at].position));
        }
        auto grown = static_cast<std::uint32_t>(nodes_.size());
        nodes_.push_back({position, nil, nil, 1});
        for (; depth != 0; --depth) {
            const std::uint32_t parent = path[depth - 1];
            child(parent, is_before(context, position, nodes_[parent].position)) = grown;
            grown = split(skew(parent));
        }
        root_ = grown;
    }

private:
    static constexpr std::uint32_t nil = 0; ///< the node at 0 stands for none
    static constexpr std::size_t most_levels = 64;

    struct node {
        std::uint32_t position;
        std::uint32_t left;
        std::uint32_t right;
        std::uint32_t level; ///< of a leaf 1; a left child's is lower, a right child's right child's too
    };

    [[nodiscard]] std::uint32_t& child(std::uint32_t of, bool is_left) noexcept {
        return is_left ? nodes_[of].left : nodes_[of].right;
    }

    /// A left child of the same level becomes the parent. \returns the root of the subtree
    [[nodiscard]] std::uint32_t skew(std::uint32_t at) noexcept {
        const std::uint32_t left = nodes_[at].left;
        if (nodes_[left].level != nodes_[at].level) {
            return at;
        }
        nodes_[at].left = nodes_[left].right;
        nodes_[left].right = at;
        return left;
    }

    /// Of three of the same level in a row to the right, the middle one becomes the parent, a level higher.
    [[nodiscard]] std::uint32_t split(std::uint32_t at) noexcept {
        const std::uint32_t right = nodes_[at].right;
        if (nodes_[nodes_[right].right].level != nodes_[at].level) {
            return at;
        }
        nodes_[at].right = nodes_[right].left;
        nodes_[right].left = at;
        ++nodes_[right].level;
        return right;
    }

    vector<node> nodes_;
    std::uint32_t root_ = nil;
};

} // namespace riser::inline v0::core
