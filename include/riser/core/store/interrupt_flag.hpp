#pragma once

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// What an interrupt_handle sets and a store polls. Lives as long as either.
struct interrupt_flag {
    std::atomic<std::uint32_t> raised{0};
    mutable std::atomic<std::uint32_t> references{1};
};

} // namespace riser::inline v0_1::core::runtime
