#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/function/sink.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::wasm {

/// Which locals each loop of a function assigns: a sink that a tier runs over a body before its own, because one pass
/// knows at a loop's head nothing of its rest. It is what a builder of SSA needs to give the blocks at loop heads their
/// arguments, and what a baseline compiler needs to keep locals in registers across back edges. Who interprets does
/// not run it.
///
/// Loops are numbered from 0 in the order of their `loop` events, so that the second pass counts along. Assignments
/// are local.set and local.tee that can be reached, those in nested loops included; also those from which no path leads
/// back to the head. Keeps its memory from body to body.
///
/// Time and space are linear in the size of the body, not in its number of locals, and not in the product of loops and
/// locals: a loop is a range of one list of assignments, which has each local at most once per loop, and a nested
/// loop's range is a part of it. Ask only after a body that was accepted.
class loop_locals : public null_sink {
public:
    explicit loop_locals(const allocator& source = host_allocator) noexcept
        : numbers_(source), assigned_locals_(source), assignments_(source), ranges_(source), places_(source) {}

    [[nodiscard]] std::uint32_t loops() const noexcept { return static_cast<std::uint32_t>(ranges_.size()); }

    /// Does the loop assign the local? In time logarithmic in the number of loops that do. Asking this for the locals
    /// that are wanted is what stays cheap however deep loops nest.
    [[nodiscard]] bool assigned(std::uint32_t loop, std::uint32_t local) const noexcept {
        const std::uint32_t number = local < numbers_.size() ? numbers_[local] : 0;
        if (number == 0) {
            return false;
        }
        const assigned_local& entry = assigned_locals_[number - 1];
        const std::uint32_t* const places = places_.data() + entry.first_place;
        const range& wanted = ranges_[loop];
        const std::size_t at = partition_point(entry.count, [&](std::size_t i) { return places[i] < wanted.begin; });
        return at != entry.count && places[at] < wanted.end;
    }

    /// The steps that for_each_assigned() takes: at least the number of locals that the loop assigns, more where nested
    /// loops assign the same. For deep nests the sum over all loops is quadratic, as is the number of answers; who goes
    /// through all loops of a body needs a bound.
    [[nodiscard]] std::uint32_t steps(std::uint32_t loop) const noexcept {
        return ranges_[loop].end - ranges_[loop].begin;
    }

    /// Calls `visit` with each local that the loop assigns, once, in the order of their first assignments in it.
    template <class Visitor>
    void for_each_assigned(std::uint32_t loop, Visitor&& visit) const {
        const range& all = ranges_[loop];
        for (std::uint32_t i = all.begin; i != all.end; ++i) {
            if (assignments_[i].earlier <= all.begin) {
                visit(assigned_locals_[assignments_[i].number - 1].local);
            }
        }
    }

    // Events

    void begin_function(parser_view& parser, const function_header&) {
        parser_ = &parser;
        for (const assigned_local& entry : assigned_locals_) {
            numbers_[entry.local] = 0;
        }
        assigned_locals_.clear();
        assignments_.clear();
        ranges_.clear();
        innermost_ = none;
    }

    void loop(const block_signature&) {
        const auto begin = static_cast<std::uint32_t>(assignments_.size());
        if (!ranges_.try_push_back({begin, begin, innermost_})) [[unlikely]] {
            return fail();
        }
        innermost_ = loops() - 1;
    }
    void end(const block_end& end) {
        if (end.loop_weight != 0) {
            range& ended = ranges_[innermost_];
            ended.end = static_cast<std::uint32_t>(assignments_.size());
            innermost_ = ended.outer;
        }
    }

    void local_set(const local_place& local) { assign(local.index); }
    void local_tee(const local_place& local) { assign(local.index); }

    /// Lists the places of each local, one local after the other.
    void end_function(const function_summary&) {
        std::uint32_t next = 0;
        for (assigned_local& entry : assigned_locals_) {
            entry.first_place = next;
            next += entry.count;
            entry.count = 0;
        }
        if (!places_.try_resize(assignments_.size())) [[unlikely]] {
            return fail();
        }
        for (std::uint32_t i = 0; i != assignments_.size(); ++i) {
            assigned_local& entry = assigned_locals_[assignments_[i].number - 1];
            places_[entry.first_place + entry.count++] = i;
        }
    }

private:
    static constexpr std::uint32_t none = 0xffff'ffff;

    /// Of assignments_.
    struct range {
        std::uint32_t begin = 0;
        std::uint32_t end = 0;
        std::uint32_t outer = none; ///< the loop around it
    };
    struct assignment {
        std::uint32_t number = 0;  ///< of the local
        std::uint32_t earlier = 0; ///< behind the last assignment of the local before this one; 0 without one
    };
    struct assigned_local {
        std::uint32_t local = 0;
        std::uint32_t latest = 0; ///< behind its last assignment
        std::uint32_t count = 0;
        std::uint32_t first_place = 0; ///< of places_
    };

    void assign(std::uint32_t local) {
        if (innermost_ == none) {
            return;
        }
        if (local >= numbers_.size() && !numbers_.try_resize(local + std::size_t{1})) [[unlikely]] {
            return fail();
        }
        std::uint32_t& number = numbers_[local];
        if (number == 0) {
            if (!assigned_locals_.try_push_back({local, 0, 0, 0})) [[unlikely]] {
                return fail();
            }
            number = static_cast<std::uint32_t>(assigned_locals_.size());
        }
        assigned_local& entry = assigned_locals_[number - 1];
        if (entry.latest > ranges_[innermost_].begin) {
            return; // the innermost loop has it, and so have all around it
        }
        if (!assignments_.try_push_back({number, entry.latest})) [[unlikely]] {
            return fail();
        }
        entry.latest = static_cast<std::uint32_t>(assignments_.size());
        ++entry.count;
    }

    /// No further event follows.
    [[gnu::cold, gnu::noinline]] void fail() noexcept { parser_->out_of_memory(); }

    parser_view* parser_ = nullptr;
    vector<std::uint32_t> numbers_; ///< by local: 0, or one more than its index in assigned_locals_
    vector<assigned_local> assigned_locals_;
    vector<assignment> assignments_; ///< in loops, in the order of the code
    vector<range> ranges_;           ///< by loop
    vector<std::uint32_t> places_;   ///< in assignments_, ascending for each local
    std::uint32_t innermost_ = none; ///< loop
};

} // namespace riser::inline v0_1::core::wasm
