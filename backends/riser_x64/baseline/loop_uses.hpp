#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/function/sink.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::x64 {

/// Which locals the loops of a function use: a sink that runs over a body with loops before the rest of it is compiled, since one pass
/// knows at a loop's head nothing of what follows. Loops are numbered in the order of their events.
class loop_uses : public core::wasm::null_sink {
public:
    /// Locals that are told apart: the first ones.
    static constexpr std::uint32_t most_locals = 128;

    explicit loop_uses(const core::allocator& source) noexcept : accesses_(source), loops_(source), open_(source) {}

    /// A local that a loop uses.
    struct use {
        std::uint8_t local = 0;
        bool is_set = false;
        std::uint32_t weight = 0; ///< how often, where an inner loop counts for more
    };

    /// Those that the loop uses, the most used first. Empty where nothing is known.
    [[nodiscard]] std::span<const use> of_loop(std::uint32_t loop) noexcept {
        if (loop >= loops_.size()) {
            return {};
        }
        const range& of = loops_[loop];
        const std::uint32_t end = std::min(of.end, of.begin + most_accesses);
        std::size_t count = 0;
        for (std::uint32_t i = of.begin; i < end; ++i) {
            const access& each = accesses_[i];
            std::uint8_t& at = places_[each.local];
            if (at == 0) {
                uses_[count] = {each.local, false, 0};
                at = static_cast<std::uint8_t>(++count);
            }
            use& found = uses_[at - 1U];
            found.is_set = found.is_set || each.is_set;
            found.weight += 1U << 2U * std::min<std::uint32_t>(3, each.depth - of.depth);
        }
        for (std::size_t i = 0; i < count; ++i) {
            places_[uses_[i].local] = 0;
        }
        std::sort(uses_.begin(), uses_.begin() + static_cast<std::ptrdiff_t>(count),
                  [](const use& a, const use& b) { return a.weight > b.weight; });
        return {uses_.data(), count};
    }
    /// Whether of_loop() is all.
    [[nodiscard]] bool is_complete(std::uint32_t loop) const noexcept {
        return loop < loops_.size() && loops_[loop].end - loops_[loop].begin <= most_accesses;
    }
    /// Whether something in the loop clobbers all registers.
    [[nodiscard]] bool has_call(std::uint32_t loop) const noexcept {
        return loop < loops_.size() && loops_[loop].has_call;
    }

    // Events

    void begin_function(core::wasm::parser_view& parser, const core::wasm::function_header&) {
        parser_ = &parser;
        accesses_.clear();
        loops_.clear();
        open_.clear();
        innermost_ = none;
    }
    void block(const core::wasm::block_signature&) { open(false); }
    void if_(const core::wasm::block_signature&) { open(false); }
    void loop(const core::wasm::block_signature&) {
        const auto begin = static_cast<std::uint32_t>(accesses_.size());
        const auto depth =
            static_cast<std::uint8_t>(innermost_ == none ? 1 : std::min(254, loops_[innermost_].depth + 1));
        if (!loops_.try_push_back({begin, begin, innermost_, depth, false})) {
            return parser_->out_of_memory();
        }
        innermost_ = static_cast<std::uint32_t>(loops_.size() - 1);
        open(true);
    }
    void end(const core::wasm::block_end&) {
        if (open_.back()) {
            range& ended = loops_[innermost_];
            ended.end = static_cast<std::uint32_t>(accesses_.size());
            innermost_ = ended.outer;
            if (innermost_ != none) {
                loops_[innermost_].has_call = loops_[innermost_].has_call || ended.has_call;
            }
        }
        open_.pop_back();
    }

    void local_get(const core::wasm::local_place& local) { note(local.index, false); }
    void local_set(const core::wasm::local_place& local) { note(local.index, true); }
    void local_tee(const core::wasm::local_place& local) { note(local.index, true); }

    void call(std::uint32_t) { note_call(); }
    void call_indirect(std::uint32_t, std::uint32_t) { note_call(); }
    void call_ref(std::uint32_t) { note_call(); }
    void memory_size(std::uint32_t memory) {
        if (memory != 0 || parser_->module().memories[memory].is_shared) { // others' is in the context
            note_call();
        }
    }
    void memory_grow(std::uint32_t) { note_call(); }
    void memory_fill(std::uint32_t) { note_call(); }
    void memory_copy(std::uint32_t, std::uint32_t) { note_call(); }
    void memory_init(std::uint32_t, std::uint32_t) { note_call(); }
    void data_drop(std::uint32_t) { note_call(); }
    void table_get(std::uint32_t) { note_call(); }
    void table_set(std::uint32_t) { note_call(); }
    void table_size(std::uint32_t) { note_call(); }
    void table_grow(std::uint32_t) { note_call(); }
    void table_fill(std::uint32_t) { note_call(); }
    void table_copy(std::uint32_t, std::uint32_t) { note_call(); }
    void table_init(std::uint32_t, std::uint32_t) { note_call(); }
    void elem_drop(std::uint32_t) { note_call(); }
    void ref_func(std::uint32_t) { note_call(); }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Of a loop, that are looked at: deep nests are looked at again for each loop.
    static constexpr std::uint32_t most_accesses = 1024;

    struct access {
        std::uint8_t local;
        std::uint8_t depth; ///< loops around it
        bool is_set;
    };
    struct range {
        std::uint32_t begin;
        std::uint32_t end;
        std::uint32_t outer;
        std::uint8_t depth;
        bool has_call;
    };

    void open(bool is_loop) {
        if (!open_.try_push_back(is_loop)) {
            parser_->out_of_memory();
        }
    }
    void note(std::uint32_t local, bool is_set) {
        if (innermost_ != none && local < most_locals &&
            !accesses_.try_push_back({static_cast<std::uint8_t>(local), loops_[innermost_].depth, is_set})) {
            parser_->out_of_memory();
        }
    }
    void note_call() noexcept {
        if (innermost_ != none) {
            loops_[innermost_].has_call = true;
        }
    }

    core::wasm::parser_view* parser_ = nullptr;
    core::vector<access> accesses_;
    core::vector<range> loops_;
    core::vector<bool> open_;
    std::uint32_t innermost_ = none;
    std::array<use, most_locals> uses_;
    std::array<std::uint8_t, most_locals> places_{}; ///< in uses_, from 1
};

} // namespace riser::inline v0_1::x64
