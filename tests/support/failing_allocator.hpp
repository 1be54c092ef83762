#pragma once

#include "riser/core/base/allocator.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

// An allocator that counts what it gives, and fails when it is told to. Without exceptions and without a test framework, so
// that programs of every configuration can use it.

namespace test {

class failing_allocator {
public:
    /// Of engine_options::allocator. It has no `reallocate`, so that a growing vector fails as often as a new one.
    [[nodiscard]] riser::core::allocator interface() noexcept { return {&allocate, &deallocate, nullptr, this}; }

    /// The n-th allocation from now on fails, and that alone; 0: none does.
    void fail_at(std::size_t n) noexcept { until_failure_ = n; }
    [[nodiscard]] bool has_failed() const noexcept { return failed_; }

    [[nodiscard]] std::size_t blocks() const noexcept { return blocks_; } ///< that nobody has freed yet
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }   ///< of these
    [[nodiscard]] std::size_t most_bytes() const noexcept { return most_bytes_; }
    /// Blocks that were freed with another size or alignment than they were made with.
    [[nodiscard]] std::size_t mistaken() const noexcept { return mistaken_; }

private:
    /// In front of each block.
    struct header {
        std::size_t bytes;
        std::size_t alignment;
    };
    static std::size_t offset_of_block(std::size_t alignment) noexcept {
        return alignment < sizeof(header) ? sizeof(header) : alignment;
    }

    static void* allocate(void* user, std::size_t bytes, std::size_t alignment) noexcept {
        auto& self = *static_cast<failing_allocator*>(user);
        if (self.until_failure_ != 0 && --self.until_failure_ == 0) {
            self.failed_ = true;
            return nullptr;
        }
        const std::size_t offset = offset_of_block(alignment);
        const std::size_t size = (offset + bytes + offset - 1) / offset * offset;
        auto* const base = static_cast<std::byte*>(std::aligned_alloc(offset, size));
        if (base == nullptr) {
            return nullptr;
        }
        std::memset(base, 0, size);
        const header made{bytes, alignment};
        std::memcpy(base + offset - sizeof made, &made, sizeof made);
        ++self.blocks_;
        const std::size_t now = self.bytes_ += bytes;
        self.most_bytes_ = now > self.most_bytes_ ? now : self.most_bytes_.load();
        return base + offset;
    }

    static void deallocate(void* user, void* memory, std::size_t bytes, std::size_t alignment) noexcept {
        auto& self = *static_cast<failing_allocator*>(user);
        auto* const block = static_cast<std::byte*>(memory);
        header made{};
        std::memcpy(&made, block - sizeof made, sizeof made);
        self.mistaken_ += made.bytes != bytes || made.alignment != alignment ? 1U : 0U;
        --self.blocks_;
        self.bytes_ -= made.bytes;
        std::memset(block, 0xdd, made.bytes); // who reads on sees that
        std::free(block - offset_of_block(made.alignment));
    }

    std::atomic<std::size_t> until_failure_{0};
    std::atomic<bool> failed_{false};
    std::atomic<std::size_t> blocks_{0};
    std::atomic<std::size_t> bytes_{0};
    std::atomic<std::size_t> most_bytes_{0};
    std::atomic<std::size_t> mistaken_{0};
};

/// How an attempt with an allocation that fails ended.
enum class attempt_result : std::uint8_t {
    as_usual, ///< also where there was another way
    refused,  ///< with the error that stands for failed allocations
    wrong,    ///< everything else
};

struct failure_report {
    std::size_t refused = 0;  ///< attempts that said that there was no memory
    std::size_t wrong = 0;    ///< attempts that ended otherwise
    std::size_t leaking = 0;  ///< attempts after which blocks were left
    std::size_t mistaken = 0; ///< see failing_allocator
    bool ended_as_usual = false;

    [[nodiscard]] bool is_good() const noexcept {
        return wrong == 0 && leaking == 0 && mistaken == 0 && ended_as_usual;
    }
};

/// Calls `attempt(failing_allocator&)` with the first allocation failing, then the second, and so on until none fails. All
/// that an attempt makes must be gone when it returns.
template <class Attempt>
[[nodiscard]] failure_report fail_each_allocation(const Attempt& attempt) {
    failure_report report;
    for (std::size_t n = 1;; ++n) {
        failing_allocator source;
        source.fail_at(n);
        const attempt_result result = attempt(source);
        report.leaking += source.blocks() != 0 ? 1U : 0U;
        report.mistaken += source.mistaken();
        if (!source.has_failed()) {
            report.ended_as_usual = result == attempt_result::as_usual;
            return report;
        }
        report.refused += result == attempt_result::refused ? 1U : 0U;
        report.wrong += result == attempt_result::wrong ? 1U : 0U;
    }
}

} // namespace test
