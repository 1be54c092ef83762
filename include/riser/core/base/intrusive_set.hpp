#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace riser::inline v0_1::core {

/// What an element of an intrusive_set derives from.
struct set_node {
    set_node* left = nullptr;
    set_node* right = nullptr;
    std::uint32_t level = 1; ///< of a leaf 1; a left child's is lower, a right child's right child's too
    std::uint32_t hash = 0;  ///< of the element's content: whoever makes the element sets it
};

/// Elements that are kept elsewhere, found by their content in constant time: a hash table. For keys that guests choose: each
/// bucket is an AA tree (Andersson, Balanced search trees made simple, 1993), so that keys of one hash, or one bucket, take
/// logarithmic time and not linear. Its buckets are all that it takes memory for, and where there is none it has fewer of
/// them: nothing here fails. Not a template: std::set is a kilobyte of code for each order.
class intrusive_set {
public:
    /// Does `a` come before `b`, which has the same hash?
    using order = bool (*)(const void* context, const set_node& a, const set_node& b);

    /// \param source of the buckets; outlives this
    intrusive_set(const allocator& source, order is_before, const void* context) noexcept
        : source_(source), is_before_(is_before), context_(context) {}
    intrusive_set(const intrusive_set&) = delete;
    intrusive_set& operator=(const intrusive_set&) = delete;
    ~intrusive_set() { free(buckets_, mask_); }

    /// The element that equals `wanted`, which need not be in here; null where there is none.
    [[nodiscard, gnu::cold, gnu::noinline]] set_node* find(const set_node& wanted) const noexcept {
        set_node* not_before = nullptr;
        for (set_node* at = bucket_of(wanted); at != nullptr;) {
            if (precedes(*at, wanted)) {
                at = at->right;
            } else {
                not_before = at;
                at = at->left;
            }
        }
        return not_before != nullptr && precedes(wanted, *not_before) ? nullptr : not_before;
    }

    /// Adds an element that no other in here equals. It stays where it is until it is removed.
    [[gnu::cold, gnu::noinline]] void add(set_node& added) noexcept {
        if (count_ > mask_ && count_ >= few) {
            set_bucket_count(2 * greater(mask_ + 1, few));
        }
        insert(added);
        ++count_;
    }

    /// Removes an element that is in here.
    [[gnu::cold, gnu::noinline]] void remove(set_node& removed) noexcept {
        set_node** path[most_levels];
        std::size_t depth = 0;
        set_node** at = &bucket_of(removed);
        while (*at != &removed) {
            path[depth++] = at;
            at = precedes(removed, **at) ? &(*at)->left : &(*at)->right;
        }
        if (removed.left == nullptr) { // of level 1: there is at most one child, to the right
            *at = removed.right;
        } else {
            // The element just before it, a leaf, takes its place. So does the path: it goes through that place.
            const std::size_t place = depth;
            path[depth++] = at;
            set_node** last = &removed.left;
            while ((*last)->right != nullptr) {
                path[depth++] = last;
                last = &(*last)->right;
            }
            set_node* const heir = *last;
            *last = nullptr;
            heir->left = removed.left;
            heir->right = removed.right;
            heir->level = removed.level;
            *at = heir;
            if (depth > place + 1) {
                path[place + 1] = &heir->left;
            }
        }
        while (depth != 0) {
            rebalance(*path[--depth]);
        }
        --count_;
        if (mask_ != 0 && count_ <= mask_ / 8) {
            set_bucket_count(count_ < few ? 1 : (mask_ + 1) / 2);
        }
    }

    /// Forgets all elements, and leaves them as they are.
    void clear() noexcept {
        free(buckets_, std::exchange(mask_, 0));
        only_bucket_ = nullptr;
        buckets_ = &only_bucket_;
        count_ = 0;
    }

private:
    static constexpr std::size_t most_levels = 128; ///< the height is at most twice the logarithm of the size
    static constexpr std::size_t few = 32;          ///< elements that one bucket is enough for

    [[nodiscard]] set_node*& bucket_of(const set_node& node) const noexcept { return buckets_[node.hash & mask_]; }

    [[nodiscard]] bool precedes(const set_node& a, const set_node& b) const noexcept {
        return a.hash != b.hash ? a.hash < b.hash : is_before_(context_, a, b);
    }

    [[gnu::cold]] void insert(set_node& added) noexcept {
        added.left = nullptr;
        added.right = nullptr;
        added.level = 1;
        set_node** path[most_levels];
        std::size_t depth = 0;
        set_node** at = &bucket_of(added);
        while (*at != nullptr) {
            path[depth++] = at;
            at = precedes(added, **at) ? &(*at)->left : &(*at)->right;
        }
        *at = &added;
        while (depth != 0) {
            set_node*& parent = *path[--depth];
            skew(parent);
            split(parent);
        }
    }

    /// A power of two. Where there is no memory for them, the buckets stay as they are.
    [[gnu::cold, gnu::noinline]] void set_bucket_count(std::size_t count) noexcept {
        set_node** made = &only_bucket_;
        if (count != 1) {
            made =
                static_cast<set_node**>(source_.allocate(source_.user, count * sizeof(set_node*), alignof(set_node*)));
            if (made == nullptr) {
                return;
            }
        }
        set_node** const old = std::exchange(buckets_, made);
        const std::size_t old_mask = std::exchange(mask_, count - 1);
        for (std::size_t i = 0; i <= old_mask; ++i) {
            for (set_node* rest = std::exchange(old[i], nullptr); rest != nullptr;) {
                insert(take_first(rest));
            }
        }
        free(old, old_mask);
    }

    void free(set_node** buckets, std::size_t mask) const noexcept {
        if (mask != 0) {
            source_.deallocate(source_.user, buckets, (mask + 1) * sizeof(set_node*), alignof(set_node*));
        }
    }

    /// Each left child on the way becomes the parent, once for all the elements that are taken.
    [[nodiscard]] static set_node& take_first(set_node*& root) noexcept {
        while (root->left != nullptr) {
            set_node* const left = root->left;
            root->left = left->right;
            left->right = root;
            root = left;
        }
        return *std::exchange(root, root->right);
    }

    [[nodiscard]] static std::uint32_t level_of(const set_node* node) noexcept {
        return node == nullptr ? 0 : node->level;
    }

    /// A left child of the same level becomes the parent.
    static void skew(set_node*& at) noexcept {
        set_node* const left = at == nullptr ? nullptr : at->left;
        if (left != nullptr && left->level == at->level) {
            at->left = left->right;
            left->right = at;
            at = left;
        }
    }

    /// Of three of the same level in a row to the right, the middle one becomes the parent, a level higher.
    static void split(set_node*& at) noexcept {
        set_node* const right = at == nullptr ? nullptr : at->right;
        if (right != nullptr && level_of(right->right) == at->level) {
            at->right = right->left;
            right->left = at;
            ++right->level;
            at = right;
        }
    }

    /// After something below `at` went away.
    static void rebalance(set_node*& at) noexcept {
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

    const allocator& source_;
    order is_before_;
    const void* context_; ///< handed to it
    set_node* only_bucket_ = nullptr;
    set_node** buckets_ = &only_bucket_;
    std::size_t mask_ = 0; ///< of hashes, to find the bucket
    std::size_t count_ = 0;
};

} // namespace riser::inline v0_1::core
