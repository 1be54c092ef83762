#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/base/algorithm.hpp"
#    include "riser/core/base/allocator.hpp"
#    include "riser/core/code/code_map.hpp"
#    include "riser/core/code/native_chunk.hpp"
#    include "riser/core/code/word_pool.hpp"
#    include "riser/core/tiering/code_memory.hpp"
#    include "riser/core/tiering/memory_modes.hpp"

#    include <cstddef>
#    include <cstdint>
#    include <cstring>
#    include <mutex>
#    include <new>
#    include <span>
#    include <utility>

namespace riser::inline v0_1::core::runtime {

struct module_data;

/// A function that a backend has compiled.
struct compiled_function {
    std::uint32_t function;           ///< index in the module
    std::uint32_t bytes;              ///< of its code
    std::span<const std::byte> sites; ///< each a native_site, ascending; copied, aligned to 8 bytes
};

/// Room for compiled functions, one behind the other, each at a multiple of native_code::alignment.
struct native_piece {
    std::byte* writable = nullptr;         ///< null where there is none
    const std::byte* executable = nullptr; ///< where the same bytes will run
    std::size_t bytes = 0;
    code_memory_error error; ///< why there is none
};

/// The native code of one module, for one memory mode or for several: chunks of code_memory. Ends with its module. Thread-safe.
/// Engine, code memory and map outlive it.
class native_code {
public:
    static constexpr std::size_t alignment = 16;
    /// From a function's begin to the next one's.
    [[nodiscard]] static constexpr std::size_t rounded(std::size_t bytes) noexcept {
        return (bytes + alignment - 1) / alignment * alignment;
    }

    native_code(const module_data& module_, memory_modes modes_, code_memory& memory, code_map& map,
                const allocator& source) noexcept
        : module(&module_), modes(modes_), memory_(memory), map_(map), pool_(source) {}
    native_code(const native_code&) = delete;
    native_code& operator=(const native_code&) = delete;
    [[gnu::cold]] ~native_code() {
        for (native_chunk* each = chunks_; each != nullptr; each = each->next) {
            map_.remove(each->begin(), each->bytes());
            memory_.give_back(each->begin(), each->bytes());
        }
    }

    const module_data* module;
    memory_modes modes;

    /// Room for functions (one at least), which code_map leads to from now on. The caller writes their code, publishes the piece, and then the
    /// functions' entries. What is never published stays unused until the module ends.
    [[nodiscard, gnu::cold]] native_piece allocate(std::span<const compiled_function> functions) noexcept {
        std::size_t bytes = 0;
        for (const compiled_function& each : functions) {
            bytes += rounded(each.bytes);
        }
        const std::lock_guard lock(mutex_);
        if (const code_memory_error error = find_room(bytes, functions.size())) {
            return {.error = error};
        }
        const std::size_t used = chunks_->used();
        const std::size_t begin = used + place_in_pages(bytes);
        std::byte* const writable = memory_.writable(chunks_->begin() + begin);
        if (writable == nullptr) {
            return {.error = {code_memory_failure::forked}};
        }
        if (!note(functions, begin)) {
            return {.error = {code_memory_failure::no_memory}};
        }
        chunks_->use_until(memory_.seals() ? used + code_memory::round_to_pages(bytes) : begin + bytes);
        ++pieces_;
        bytes_ += bytes;
        return {writable, chunks_->begin() + begin, bytes, {}};
    }

    /// The code is written, and is not written again. \returns why it cannot run, as where the system has no mapping left; the
    /// piece is then lost.
    [[nodiscard, gnu::cold]] code_memory_error publish(const native_piece& piece) noexcept {
        return memory_.seal(piece.executable, piece.bytes);
    }

    /// Calls `each(memory)` for what is given back when this ends. Nobody allocates meanwhile.
    template <class Each>
    void for_chunks(const Each& each) const {
        for (const native_chunk* chunk = chunks_; chunk != nullptr; chunk = chunk->next) {
            each(std::span<const std::byte>(chunk->begin(), chunk->bytes()));
        }
    }

    /// Of all functions so far, with what lies between them.
    [[nodiscard]] std::size_t bytes() const noexcept {
        const std::lock_guard lock(mutex_);
        return bytes_;
    }

private:
    static constexpr std::size_t most_usual_bytes = std::size_t{256} << 10U;
    static constexpr std::size_t most_chunk_bytes = std::size_t{1} << 31U; // a range counts in 32 bits

    /// The newest chunk has room for the bytes of so many functions, and for notes of them. Chunks are as long as all before
    /// together, up to a limit, so that little is taken that is not used, and there are few.
    [[nodiscard, gnu::cold]] code_memory_error find_room(std::size_t bytes, std::size_t count) noexcept {
        if (chunks_ == nullptr || bytes > chunks_->bytes() - chunks_->used()) {
            if (bytes > most_chunk_bytes) {
                return {code_memory_failure::full};
            }
            const code_run run = memory_.take(bytes, lesser(bytes_, most_usual_bytes));
            if (run.error) {
                return run.error;
            }
            native_chunk* const chunk = add_chunk(run);
            if (chunk == nullptr) {
                memory_.give_back(run.begin, run.bytes);
                return {code_memory_failure::no_memory};
            }
            chunks_ = chunk;
        }
        const std::size_t needed = chunks_->count() + count;
        if (needed > chunks_->capacity()) {
            const std::size_t capacity = greater(needed, 2 * std::size_t{chunks_->capacity()});
            void* const longer = pool_.allocate(capacity * sizeof(native_range) / sizeof(code_word));
            if (longer == nullptr) {
                return {code_memory_failure::no_memory};
            }
            chunks_->move_to(static_cast<native_range*>(longer), static_cast<std::uint32_t>(capacity));
        }
        return {};
    }

    /// \returns null where there is no memory for its header or its place in the map.
    [[nodiscard, gnu::cold]] native_chunk* add_chunk(const code_run& run) noexcept {
        void* const header = pool_.allocate(sizeof(native_chunk) / sizeof(code_word));
        if (header == nullptr) {
            return nullptr;
        }
        auto* const chunk = ::new (header) native_chunk(*this, *module, run.begin, run.bytes, chunks_);
        return map_.add(*chunk, run.begin, run.bytes) ? chunk : nullptr;
    }

    /// Where pieces have pages of their own, each begins at another place in them: a processor's caches have room for few lines that lie
    /// at the same one.
    [[nodiscard]] std::size_t place_in_pages(std::size_t bytes) const noexcept {
        constexpr std::size_t apart = 13 * std::size_t{64} / alignment;
        const std::size_t places = (code_memory::round_to_pages(bytes) - bytes) / alignment + 1;
        return memory_.seals() ? pieces_ * apart % places * alignment : 0;
    }

    /// \returns false where there is no memory for what the backend says of them.
    [[nodiscard, gnu::cold]] bool note(std::span<const compiled_function> functions, std::size_t at) noexcept {
        std::size_t words = 0;
        for (const compiled_function& each : functions) {
            words += words_of(each.sites);
        }
        code_word* sites = pool_.allocate(words);
        if (sites == nullptr && words != 0) {
            return false;
        }
        for (const compiled_function& each : functions) {
            if (!each.sites.empty()) {
                std::memcpy(sites, each.sites.data(), each.sites.size());
            }
            chunks_->add({static_cast<std::uint32_t>(at), each.bytes, each.function,
                          static_cast<std::uint32_t>(each.sites.size()), reinterpret_cast<const std::byte*>(sites)});
            sites += words_of(each.sites);
            at += rounded(each.bytes);
        }
        return true;
    }
    [[nodiscard]] static std::size_t words_of(std::span<const std::byte> sites) noexcept {
        return (sites.size() + sizeof(code_word) - 1) / sizeof(code_word);
    }
    static_assert(sizeof(native_chunk) % sizeof(code_word) == 0 && sizeof(native_range) % sizeof(code_word) == 0);

    code_memory& memory_;
    code_map& map_;
    mutable std::mutex mutex_;       // guards what follows
    word_pool pool_;                 ///< of chunks' headers and what is noted of functions
    native_chunk* chunks_ = nullptr; ///< the newest, where there may be room
    std::size_t bytes_ = 0;
    std::size_t pieces_ = 0;
};

/// A place in native code.
struct native_location {
    const native_code* code = nullptr; ///< null where the address belongs to no native function
    const native_range* range = nullptr;
    std::uint32_t offset = 0; ///< in bytes, from the function's begin
};

/// Whose native code is at `pc`? Takes no lock, and may be asked in a signal handler. The caller keeps the module alive, in
/// running it for example.
[[nodiscard, gnu::cold]] inline native_location locate_native_code(const code_map& map, const void* pc) noexcept {
    const code_region* const region = map.find(pc);
    if (region == nullptr || region->kind != code_kind::native) {
        return {};
    }
    const auto* const chunk = static_cast<const native_chunk*>(region);
    const native_range* const range = chunk->function_at(pc);
    if (range == nullptr) {
        return {};
    }
    const auto* const begin = chunk->begin() + range->begin;
    return {&chunk->owner(), range, static_cast<std::uint32_t>(static_cast<const std::byte*>(pc) - begin)};
}

} // namespace riser::inline v0_1::core::runtime

#endif
