#pragma once

#include <cstddef>
#include <cstdint>

namespace riser::inline v0::core {

/// What an element of an ordered_tree derives from.
struct ordered_node {
    ordered_node* left = nullptr;
    ordered_node* right = nullptr;
    std::uint32_t level = 1; ///< of a leaf 1; a left child's is lower, a right child's right child's too
};

/// Elements in their order, which are kept elsewhere, so that nothing here takes memory or fails: an AA tree (Andersson,
/// Balanced search trees made simple, 1993). For keys that guests choose: no choice of theirs makes it slow, as it may a
/// hash table. Not a template: std::set is a kilobyte of code for each order.
class ordered_tree {
public:
    /// Does `a` come before `b`?
    using order = bool (*)(const void* context, const ordered_node& a, const ordered_node& b);

    ordered_tree(order is_before, const void* context) noexcept : is_before_(is_before), context_(context) {}

    /// The element that is neither before nor behind `wanted`, which need not be in here; null where there is none.
    [[nodiscard, gnu::cold, gnu::noinline]] ordered_node* find(const ordered_node& wanted) const noexcept {
        ordered_node* not_before = nullptr;
        for (ordered_node* at = root_; at != nullptr;) {
            if (is_before_(context_, *at, wanted)) {
                at = at->right;
            } else {
                not_before = at;
                at = at->left;
            }
        }
        return not_before != nullptr && is_before_(context_, wanted, *not_before) ? nullptr : not_before;
    }

    /// Adds an element that no other in here equals. It stays where it is until it is removed.
    [[gnu::cold, gnu::noinline]] void add(ordered_node& added) noexcept {
        added = {};
        ordered_node** path[most_levels];
        std::size_t depth = 0;
        ordered_node** at = &root_;
        while (*at != nullptr) {
            path[depth++] = at;
            at = is_before_(context_, added, **at) ? &(*at)->left : &(*at)->right;
        }
        *at = &added;
        while (depth != 0) {
            ordered_node*& parent = *path[--depth];
            skew(parent);
            split(parent);
        }
    }

    /// Removes an element that is in here.
    [[gnu::cold, gnu::noinline]] void remove(ordered_node& removed) noexcept {
        ordered_node** path[most_levels];
        std::size_t depth = 0;
        ordered_node** at = &root_;
        while (*at != &removed) {
            path[depth++] = at;
            at = is_before_(context_, removed, **at) ? &(*at)->left : &(*at)->right;
        }
        if (removed.left == nullptr) { // of level 1: there is at most one child, to the right
            *at = removed.right;
        } else {
            // The element just before it, a leaf, takes its place. So does the path: it goes through that place.
            const std::size_t place = depth;
            path[depth++] = at;
            ordered_node** last = &removed.left;
            while ((*last)->right != nullptr) {
                path[depth++] = last;
                last = &(*last)->right;
            }
            ordered_node* const heir = *last;
            *last = nullptr;
            *heir = removed;
            *at = heir;
            if (depth > place + 1) {
                path[place + 1] = &heir->left;
            }
        }
        while (depth != 0) {
            rebalance(*path[--depth]);
        }
    }

private:
    static constexpr std::size_t most_levels = 128; ///< the height is at most twice the logarithm of the size

    [[nodiscard]] static std::uint32_t level_of(const ordered_node* node) noexcept {
        return node == nullptr ? 0 : node->level;
    }

    /// A left child of the same level becomes the parent.
    static void skew(ordered_node*& at) noexcept {
        ordered_node* const left = at == nullptr ? nullptr : at->left;
        if (left != nullptr && left->level == at->level) {
            at->left = left->right;
            left->right = at;
            at = left;
        }
    }

    /// Of three of the same level in a row to the right, the middle one becomes the parent, a level higher.
    static void split(ordered_node*& at) noexcept {
        ordered_node* const right = at == nullptr ? nullptr : at->right;
        if (right != nullptr && level_of(right->right) == at->level) {
            at->right = right->left;
            right->left = at;
            ++right->level;
            at = right;
        }
    }

    /// After something below `at` went away.
    static void rebalance(ordered_node*& at) noexcept {
        const std::uint32_t left = level_of(at->left);
        const std::uint32_t right = level_of(at->right);
        const std::uint32_t level = (left < right ? left : right) + 1;
        if (level < at->level) {
            at->level = level;
            if (level < right) {
                at->right->level = level;
            }
        }
        skew(at);
        skew(at->right);
        if (at->right != nullptr) {
            skew(at->right->right);
        }
        split(at);
        split(at->right);
    }

    order is_before_;
    const void* context_; ///< handed to it
    ordered_node* root_ = nullptr;
};

} // namespace riser::inline v0::core
