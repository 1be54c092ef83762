#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::memory {

/// Pools of an engine have a part for each thread, so that threads wait neither for each other nor for a cache line that the other
/// has written. Threads beyond this many share parts, which therefore have to be thread-safe all the same.
inline constexpr std::size_t thread_shards = 32;

/// What parts are aligned to: a cache line, and the neighbour that processors fetch with it.
inline constexpr std::size_t shard_alignment = 128;

inline constinit std::atomic<std::uint32_t> threads_numbered{0};
#if defined(__ELF__)
[[gnu::tls_model("initial-exec")]]
#endif
inline constinit thread_local std::uint32_t thread_number = 0; // from 1; 0: not numbered yet

/// Which part is this thread's: threads take turns.
[[nodiscard]] inline std::size_t thread_shard() noexcept {
    if (thread_number == 0) [[unlikely]] {
        const std::uint32_t number = threads_numbered.fetch_add(1, std::memory_order_relaxed) % thread_shards;
        thread_number = number + 1;
    }
    return thread_number - 1;
}

} // namespace riser::inline v0_1::core::memory
