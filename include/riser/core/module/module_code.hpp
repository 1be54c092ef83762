#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/code/code_chunk.hpp"
#include "riser/core/code/code_map.hpp"
#include "riser/core/memory/linear_memory.hpp"

#include <cstddef>
#include <cstdint>
#include <utility>

namespace riser::inline v0_1::core::runtime {

struct module_data;

/// An array of function entries. Fresh memory of the heap is untouched where it is large: the pages of functions that never
/// run are never made.
class entry_array {
public:
    [[gnu::cold]] entry_array(const allocator& source, std::size_t count) noexcept
        : source_(source), bytes_((count == 0 ? 1 : count) * sizeof(function_entry)),
          first_(static_cast<function_entry*>(source.allocate(source.user, bytes_, alignof(function_entry)))) {}
    entry_array(entry_array&& other) noexcept
        : source_(other.source_), bytes_(other.bytes_), first_(std::exchange(other.first_, nullptr)) {}
    entry_array& operator=(entry_array&&) = delete;
    ~entry_array() {
        if (first_ != nullptr) {
            source_.deallocate(source_.user, first_, bytes_, alignof(function_entry));
        }
    }

    /// Null where there was no memory.
    [[nodiscard]] function_entry* get() const noexcept { return first_; }
    [[nodiscard]] function_entry& operator[](std::size_t i) const noexcept { return first_[i]; }

private:
    allocator source_;
    std::size_t bytes_;
    function_entry* first_;
};

/// The functions of a module in one memory mode: entries, and the resolved code behind them. The engine outlives it.
struct module_code {
    module_code(const module_data& module_, memory::memory_mode mode_, entry_array&& entries_, code_map& map,
                const allocator& source) noexcept
        : module(&module_), mode(mode_), entries(std::move(entries_)), map_(map), source_(source) {}
    module_code(const module_code&) = delete;
    module_code& operator=(const module_code&) = delete;
    [[gnu::cold]] ~module_code() {
        while (chunks_ != nullptr) {
            code_chunk* const chunk = std::exchange(chunks_, chunks_->next);
            map_.remove(chunk, chunk->bytes());
            code_chunk::free(source_, chunk);
        }
    }

    const module_data* module;
    memory::memory_mode mode;
    entry_array entries; ///< by defined function; zero until translated

    /// Room for the code of one more function. The caller holds the module's mutex. \returns null where there is no memory.
    [[nodiscard, gnu::cold]] code_word* allocate(std::size_t words) noexcept {
        if (chunks_ == nullptr || !chunks_->has_room(words)) {
            // Each is as long as all before it together, so that little is taken that is not used, and there are few.
            const std::size_t usual = lesser(words_, most_usual_words);
            code_chunk* const chunk = code_chunk::make(source_, *this, words > usual ? words : usual);
            if (chunk == nullptr) {
                return nullptr;
            }
            if (!map_.add(*chunk, chunk, chunk->bytes())) {
                code_chunk::free(source_, chunk);
                return nullptr;
            }
            chunk->next = std::exchange(chunks_, chunk);
        }
        words_ += words;
        return chunks_->add(words);
    }

    /// Of all functions so far. The caller holds the module's mutex.
    [[nodiscard]] std::size_t words() const noexcept { return words_; }

private:
    static constexpr std::size_t most_usual_words = std::size_t{1} << 15U;

    code_map& map_;
    const allocator& source_;
    code_chunk* chunks_ = nullptr; ///< the newest, where there may be room
    std::size_t words_ = 0;
};

} // namespace riser::inline v0_1::core::runtime
