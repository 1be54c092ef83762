#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/types.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace riser::inline v0_1::core::wasm {

/// Locals of one type in a row, as bodies declare them (5.5.13).
struct local_run {
    value_type type;
    std::uint32_t first = 0;      ///< index of the first local
    std::uint32_t count = 0;      ///< not 0
    std::uint32_t first_slot = 0; ///< of the frame
};

/// A local, and where its value is in the frame.
struct local_place {
    std::uint32_t index = 0;
    value_type type;
    std::uint32_t slot = 0; ///< the first of type.slots()
};

/// The locals of a function: its parameters, then runs. Six bytes may declare fifty thousand of them, and a function of four
/// bytes may have a thousand parameters: what it costs to begin one depends on the number of runs, not of locals.
class local_runs {
public:
    explicit local_runs(const allocator& source) noexcept : runs_(source) {}

    /// Of another function, with its parameters. The list must stay where it is. \returns false where there is no memory.
    [[nodiscard]] bool try_begin(type_list parameters) noexcept {
        runs_.clear();
        parameters_ = parameters.has_vectors() ? type_list() : parameters;
        size_ = slots_ = parameters_.slots();
        near_count_ = lesser(size_, most_near);
        if (!parameters_.empty()) {
            std::memcpy(near_, parameters_.data(), near_count_ * sizeof *near_);
        }
        bool has_room = true;
        for (const value_type parameter : parameters.has_vectors() ? parameters : type_list()) {
            has_room = has_room && try_add(parameter, 1);
        }
        return has_room;
    }

    /// \returns false where there is no memory for it.
    [[nodiscard]] bool try_add(value_type type, std::uint32_t count) noexcept {
        if (count == 0) {
            return true;
        }
        if (near_count_ == size_ && type.slots() == 1) {
            for (; near_count_ < most_near && near_count_ < size_ + count; ++near_count_) {
                near_[near_count_] = type;
            }
        }
        if (!runs_.empty() && runs_.back().type == type) {
            runs_.back().count += count;
        } else if (!runs_.try_push_back({type, size_, count, slots_})) {
            return false;
        }
        size_ += count;
        slots_ += count * type.slots();
        return true;
    }

    [[nodiscard]] std::uint32_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint32_t slots() const noexcept { return slots_; }

    /// The first locals, each of one slot.
    [[nodiscard]] type_list parameters() const noexcept { return parameters_; }
    /// The locals behind parameters(), which are all where some parameter is a vector.
    [[nodiscard]] std::span<const local_run> runs() const noexcept { return {runs_.data(), runs_.size()}; }

    /// Whether near() knows the local: one of the first, which all have one slot. Others must be below size() and be found.
    [[nodiscard]] bool is_near(std::uint32_t index) const noexcept { return index < near_count_; }
    [[nodiscard]] local_place near(std::uint32_t index) const noexcept { return {index, near_[index], index}; }
    [[nodiscard, gnu::noinline]] local_place find(std::uint32_t index) const noexcept {
        if (index < parameters_.size()) {
            return {index, parameters_[index], index};
        }
        const std::size_t behind =
            partition_point(runs_.size(), [&](std::size_t i) { return runs_[i].first <= index; });
        const local_run& run = runs_[behind - 1];
        return {index, run.type, run.first_slot + (index - run.first) * run.type.slots()};
    }

private:
    static constexpr std::uint32_t most_near = 128;

    type_list parameters_;
    vector<local_run> runs_;
    value_type near_[most_near]; ///< types of the first locals
    std::uint32_t near_count_ = 0;
    std::uint32_t size_ = 0;
    std::uint32_t slots_ = 0;
};

} // namespace riser::inline v0_1::core::wasm
