#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/code/code.hpp"

#include <cstddef>
#include <new>
#include <utility>

namespace riser::inline v0_1::core::runtime {

/// Room for words that stay where they are until the pool ends. A block is as long as all before it together, up to a limit,
/// so that short functions cost no allocation each and little is taken that is not used.
class word_pool {
public:
    /// \param source outlives the pool
    explicit word_pool(const allocator& source) noexcept : source_(&source) {}
    word_pool(const word_pool&) = delete;
    word_pool& operator=(const word_pool&) = delete;
    [[gnu::cold]] ~word_pool() {
        while (blocks_ != nullptr) {
            block* const ended = std::exchange(blocks_, blocks_->next);
            source_->deallocate(source_->user, ended, ended->bytes, alignof(std::max_align_t));
        }
    }

    /// \returns null where there is no memory.
    [[nodiscard]] code_word* allocate(std::size_t words) noexcept {
        if (words > static_cast<std::size_t>(end_ - free_) && !grow(words)) [[unlikely]] {
            return nullptr;
        }
        words_ += words;
        return std::exchange(free_, free_ + words);
    }

private:
    struct block {
        block* next;
        std::size_t bytes;
    };
    static constexpr std::size_t most_usual_words = std::size_t{1} << 15U;

    [[gnu::cold, gnu::noinline]] bool grow(std::size_t words) noexcept {
        const std::size_t length = greater(words, lesser(words_, most_usual_words));
        const std::size_t bytes = sizeof(block) + length * sizeof(code_word);
        void* const memory = source_->allocate(source_->user, bytes, alignof(std::max_align_t));
        if (memory == nullptr) {
            return false;
        }
        blocks_ = new (memory) block{blocks_, bytes};
        free_ = reinterpret_cast<code_word*>(blocks_ + 1);
        end_ = free_ + length;
        return true;
    }

    const allocator* source_;
    block* blocks_ = nullptr; ///< the newest first
    code_word* free_ = nullptr;
    code_word* end_ = nullptr;
    std::size_t words_ = 0; ///< of all so far
};

} // namespace riser::inline v0_1::core::runtime
