#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/code/code_chunk.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace riser::inline v0_1::core::runtime {

/// From an address to the region of an engine's code that has it, in three loads, whatever else lives: a radix tree over
/// granules of the address space, in which each region begins and ends at a granule. Looking up takes no lock and may be done in
/// a signal handler; the rest is thread-safe.
/// Tables stay until the engine ends: 32 KiB for each 4 MiB of address space that ever had code.
class code_map {
public:
    explicit code_map(const allocator& source) noexcept : source_(source) {}
    code_map(const code_map&) = delete;
    code_map& operator=(const code_map&) = delete;
    ~code_map() {
        root* const top = root_.load(std::memory_order_relaxed);
        for (std::size_t i = 0; top != nullptr && i < root_size; ++i) {
            table* const middle = (*top).at[i].load(std::memory_order_relaxed);
            for (std::size_t j = 0; middle != nullptr && j < table_size; ++j) {
                free(static_cast<table*>(middle->at[j].load(std::memory_order_relaxed)));
            }
            free(middle);
        }
        free(top);
    }

    /// \returns false where there is no memory for it.
    [[nodiscard, gnu::cold]] bool add(code_region& region, const void* begin, std::size_t bytes) noexcept {
        const std::lock_guard lock(mutex_);
        const bool has_room = set(begin, bytes, &region);
        if (!has_room) {
            static_cast<void>(set(begin, bytes, nullptr));
        }
        return has_room;
    }

    /// What was added with the same `begin` and `bytes`.
    [[gnu::cold]] void remove(const void* begin, std::size_t bytes) noexcept {
        const std::lock_guard lock(mutex_);
        static_cast<void>(set(begin, bytes, nullptr));
    }

    /// The region that has `address`, which is known to live as long as the answer is used; null where none has it.
    [[nodiscard, gnu::cold]] const code_region* find(const void* address) const noexcept {
        const std::uintptr_t granule = granule_of(address);
        const root* const top = granule >> total_bits != 0 ? nullptr : root_.load(std::memory_order_acquire);
        const table* const middle =
            top == nullptr ? nullptr : top->at[granule >> 2 * table_bits].load(std::memory_order_acquire);
        const auto* const leaf =
            middle == nullptr ? nullptr
                              : static_cast<const table*>(
                                    middle->at[(granule >> table_bits) % table_size].load(std::memory_order_acquire));
        return leaf == nullptr
                   ? nullptr
                   : static_cast<const code_region*>(leaf->at[granule % table_size].load(std::memory_order_acquire));
    }

private:
    static constexpr unsigned table_bits = 12;
    static constexpr unsigned root_bits = 14;
    static constexpr unsigned total_bits =
        root_bits + 2 * table_bits; // with the granule's 10: 48 bits of address space
    static constexpr std::size_t table_size = std::size_t{1} << table_bits;
    static constexpr std::size_t root_size = std::size_t{1} << root_bits;

    /// Of tables, or of regions at the bottom.
    struct table {
        std::atomic<void*> at[table_size];
    };
    struct root {
        std::atomic<table*> at[root_size];
    };

    [[nodiscard]] static std::uintptr_t granule_of(const void* address) noexcept {
        return reinterpret_cast<std::uintptr_t>(address) >> code_chunk::granule_log2;
    }

    /// The node behind `at`, made of zeros if it is missing and wanted.
    template <class Node, class Pointer>
    [[nodiscard]] Node* node(std::atomic<Pointer*>& at, bool is_wanted) noexcept {
        auto* there = static_cast<Node*>(at.load(std::memory_order_relaxed));
        if (there == nullptr && is_wanted) {
            there = static_cast<Node*>(source_.allocate(source_.user, sizeof(Node), alignof(Node)));
            at.store(there, std::memory_order_release);
        }
        return there;
    }

    template <class Node>
    void free(Node* node) const noexcept {
        if (node != nullptr) {
            source_.deallocate(source_.user, node, sizeof(Node), alignof(Node));
        }
    }

    /// \returns false where a node is missing and cannot be made.
    [[nodiscard]] bool set(const void* begin, std::size_t bytes, code_region* value) noexcept {
        const std::uintptr_t first = granule_of(begin);
        const std::uintptr_t end = first + bytes / code_chunk::granule;
        if (end > std::uintptr_t{1} << total_bits) {
            return false;
        }
        const bool is_wanted = value != nullptr;
        for (std::uintptr_t granule = first; granule < end; ++granule) {
            root* const top = node<root>(root_, is_wanted);
            table* const middle = top == nullptr ? nullptr : node<table>(top->at[granule >> 2 * table_bits], is_wanted);
            table* const leaf =
                middle == nullptr ? nullptr : node<table>(middle->at[(granule >> table_bits) % table_size], is_wanted);
            if (leaf != nullptr) {
                leaf->at[granule % table_size].store(value, std::memory_order_release);
            } else if (is_wanted) {
                return false;
            }
        }
        return true;
    }

    allocator source_;
    std::mutex mutex_;
    std::atomic<root*> root_ = nullptr;
};

} // namespace riser::inline v0_1::core::runtime
