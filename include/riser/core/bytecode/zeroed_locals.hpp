#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/wasm/function/local_runs.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::bytecode {

/// Which declared locals must be zero when a function begins: those that some path reads before it writes them. The
/// translator reports reads and writes, and keeps `written` in step with control: structured control has no path to a loop's
/// head on which less is written than on the way in, so that one pass is exact.
///
/// Of a function's declared locals the first 64 slots are followed; a further one is zeroed where it is read at all.
class zeroed_locals {
public:
    /// Of the slots that are followed, one bit each.
    using slot_set = std::uint64_t;
    static constexpr slot_set everything = ~slot_set{0};

    /// Those that every path to the current operator has written.
    slot_set written = 0;

    /// \param first_slot behind the parameters, which the caller writes
    void begin(std::uint32_t first_slot) noexcept {
        written = 0;
        first_slot_ = first_slot;
        begin_ = UINT32_MAX;
        end_ = first_slot;
    }

    void read(const wasm::local_place& local) noexcept {
        if (local.slot >= first_slot_ && (written & bit_of(local.slot)) == 0) {
            begin_ = lesser(begin_, local.slot);
            end_ = greater(end_, local.slot + local.type.slots());
        }
    }
    void write(std::uint32_t slot) noexcept {
        if (slot >= first_slot_) {
            written |= bit_of(slot);
        }
    }

    /// The slots that must be zero lie in [begin(), begin() + count()).
    [[nodiscard]] std::uint32_t begin() const noexcept { return count() == 0 ? first_slot_ : begin_; }
    [[nodiscard]] std::uint32_t count() const noexcept { return end_ > begin_ ? end_ - begin_ : 0; }

private:
    [[nodiscard]] slot_set bit_of(std::uint32_t slot) const noexcept {
        const std::uint32_t index = slot - first_slot_;
        return index < 64 ? slot_set{1} << index : 0;
    }

    std::uint32_t first_slot_ = 0;
    std::uint32_t begin_ = UINT32_MAX;
    std::uint32_t end_ = 0;
};

} // namespace riser::inline v0_1::core::bytecode
