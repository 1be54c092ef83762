#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/function/local_runs.hpp"
#include "riser/core/wasm/function/sink.hpp"
#include "riser/core/wasm/opcode.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/core/wasm/subtyping.hpp"
#include "riser/limits.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

// What validation remembers between two operators: the algorithm of the Core specification's appendix "Validation
// Algorithm" (A.3 in 3.0), with one more notion beside its "unreachable" code. That one is about types: after an
// unconditional branch the operand stack is polymorphic until the block ends, and what follows the block is typed as if
// the end were reached. Sinks want to know whether execution can get somewhere; that is `reachable`, and may be false
// where the stack is not polymorphic.

namespace riser::inline v0_1::core::wasm {

/// A block that has begun and not ended, or the function itself.
struct control_frame {
    block_signature type;
    std::uint32_t height = 0;       ///< of the operand stack at its beginning, in slots, without parameters
    std::uint32_t initialized = 0;  ///< length of the log of initialised locals at its beginning
    std::uint32_t outer_weight = 0; ///< of a loop: the operators so far of the region around it
    opcode what = opcode::block;    ///< block, loop, if_, else_, try_, catch_, catch_all or try_table
    bool polymorphic = false;       ///< the rest of the current arm cannot be reached, whatever came before the block
    bool reported = false;          ///< its beginning is reachable
    bool exits = false;             ///< a reachable branch, or an earlier arm, leads to its end
    bool owns_result = false;       ///< type.results is a reference type in validation_state::inline_results_

    /// What a branch to it carries.
    [[nodiscard]] type_list label() const noexcept { return what == opcode::loop ? type.params : type.results; }
};

/// Operators with one or two operands of one type and one result, in four bytes: what apply() reads.
struct uniform_signature {
    std::uint8_t slots = 0; ///< of all operands; 0 where the operator is not like that
    std::uint8_t first = 0; ///< where the first operand lies below the top of the stack, in slots
    value_type::kind operand = value_type::kind::bottom;
    value_type::kind result = value_type::kind::bottom;
};

inline constexpr auto uniform_signatures = [] {
    std::array<uniform_signature, opcode_count> table{};
    for (std::size_t i = 0; i < opcode_count; ++i) {
        const opcode_info& row = opcode_infos[i];
        const auto params = row.params();
        if (row.immediate == immediate_kind::none && !params.empty() && params.size() <= 2 &&
            row.results().size() == 1 && params.front() == params.back()) {
            const std::uint32_t slots = value_type(params[0]).slots();
            table[i] = {static_cast<std::uint8_t>(slots * params.size()),
                        static_cast<std::uint8_t>(slots * (params.size() - 1) + 1), params[0], row.results()[0]};
        }
    }
    return table;
}();

class validation_state : public parser_view {
protected:
    validation_state(const module_info& module, std::span<const std::byte> module_bytes, diagnostics& diagnostics,
                     const allocator& source) noexcept
        : parser_view(module, byte_reader(module_bytes, 0, 0, diagnostics)), module_bytes_(module_bytes),
          frames_(source), locals_(source), initialized_in_(source), initialized_log_(source), inline_results_(source),
          operands_(source), source_(&source) {}

    // Errors end the parse: the reader jumps to its end, and nothing is reported any more. All messages end with the
    // operator; they are put together here, so that the many places that find errors stay small.

    [[gnu::cold, gnu::noinline]] void invalid(const char* text) {
        refuse(diagnostic_kind::invalid, {text, in_operator()});
    }
    [[gnu::cold, gnu::noinline]] void invalid(const char* text, std::uint64_t number) {
        refuse(diagnostic_kind::invalid, {text, " ", number, in_operator()});
    }
    [[gnu::cold, gnu::noinline]] void malformed(const char* text) {
        refuse(diagnostic_kind::malformed, {text, in_operator()});
    }
    [[gnu::cold, gnu::noinline]] void malformed(const char* text, std::uint64_t number) {
        refuse(diagnostic_kind::malformed, {text, " ", number, in_operator()});
    }
    [[gnu::cold, gnu::noinline]] void beyond_limit(const char* text, std::uint64_t limit) {
        refuse(diagnostic_kind::limit, {text, " ", limit, in_operator()});
    }

    [[gnu::cold, gnu::noinline]] void illegal_opcode(std::uint8_t prefix, std::uint32_t code) {
        const text first = prefix != 0 ? hexadecimal(prefix) : text();
        refuse(diagnostic_kind::malformed, {"illegal opcode ", first, prefix != 0 ? " " : "", hexadecimal(code)});
    }

    /// One type or several, for a message.
    struct shown_types {
        shown_types(const value_type& type) noexcept : types(&type, 1) {}
        shown_types(type_list several) noexcept : types(several) {}
        shown_types(const vector<value_type>& several) noexcept : types(several) {}
        std::span<const value_type> types;
    };

    /// "type mismatch: instruction requires [i32] but stack has [i64] (i32.eqz)"
    [[gnu::cold, gnu::noinline]] void mismatch(const char* who_requires, shown_types wanted, const char* but_who_has,
                                               shown_types actual) {
        refuse(diagnostic_kind::invalid, {"type mismatch: ", who_requires, " ", describe(wanted.types), " ",
                                          but_who_has, " ", describe(actual.types), in_operator()});
    }
    [[gnu::cold, gnu::noinline]] void stack_mismatch(shown_types wanted, shown_types actual) {
        mismatch("instruction requires", wanted, "but stack has", actual);
    }
    [[gnu::cold, gnu::noinline]] void no_reference(const char* but_who_has, shown_types actual) {
        refuse(diagnostic_kind::invalid, {"type mismatch: instruction requires reference type but ", but_who_has, " ",
                                          describe(actual.types), in_operator()});
    }

    /// After reads whose errors go past refuse(): nothing is reported any more.
    void stop_on_error() noexcept { reachable_ = reachable_ && reader_.ok(); }

    // The operand stack. An operand has an entry for each of its slots, so that the height of the stack is its height
    // in slots. `peak_` is the highest top so far: pushing looks at nothing else, because memory beyond it is made
    // where it rises.

    [[gnu::always_inline]] void push(value_type type) {
        push_slot(type);
        if (type == v128) {
            push_slot(type);
        }
    }
    void push(type_list types) {
        if (types.size() == 1) {
            push(types[0]);
        } else if (!types.empty()) {
            push_many(types);
        }
    }

    /// Pops an operand of a type that matches `expected`.
    [[gnu::always_inline]] void pop(value_type expected) {
        if (top_ != floor_ && top_[-1] == expected) [[likely]] {
            top_ -= expected.slots();
            return;
        }
        pop_other(expected);
    }
    void pop(type_list expected) {
        if (expected.size() == 1) {
            pop(expected[0]);
        } else if (!expected.empty()) {
            pop_many(expected);
        }
    }
    /// Pops operands of the types of the numbers below `count`, or as many as a polymorphic stack has.
    template <class TypeOf>
    void pop_each(std::size_t count, const TypeOf& type_of) {
        while (count-- != 0 && reader_.ok() && (top_ != floor_ || !frames_.back().polymorphic)) {
            const value_type expected = type_of(count);
            ++steps_;
            if (top_ != floor_ && top_[-1] == expected) {
                top_ -= expected.slots();
            } else if (count_comparison()) {
                pop_other(expected);
            }
        }
    }
    void pop2(value_type first, value_type second) {
        pop(second);
        pop(first);
    }
    void pop3(value_type first, value_type second, value_type third) {
        pop(third);
        pop2(first, second);
    }

    /// Pops an operand of any type; bottom where the stack is polymorphic.
    [[nodiscard]] value_type pop_any() {
        if (top_ == floor_) [[unlikely]] {
            if (!frames_.back().polymorphic) {
                invalid("type mismatch: instruction requires a value but stack has []");
            }
            return bottom;
        }
        const value_type type = top_[-1];
        top_ -= type.slots();
        return type;
    }

    /// Pops a reference of any type; `(ref bot)` where the stack is polymorphic.
    [[nodiscard, gnu::noinline]] value_type pop_reference() {
        const value_type type = pop_any();
        if (type.is_reference()) [[likely]] {
            return type;
        }
        if (!type.is_bottom()) {
            no_reference("stack has", type);
        }
        return value_type::reference(heap_type::bottom, false);
    }

    /// Pops operands of these types and pushes the types themselves, which may tell less than those of the operands.
    void retype(type_list types) {
        if (!types.empty() && !has_on_top(types)) {
            pop(types);
            push(types);
        }
    }

    [[nodiscard]] static bool is_same_list(type_list a, type_list b) noexcept {
        return a.size() == b.size() && is_same(a.data(), b.data(), a.size());
    }

    /// Result types (3.3.6): may values of `a` be used for values of `b`? Where it may not ask any more, there is an error.
    [[nodiscard, gnu::cold, gnu::noinline]] bool matches(type_list a, type_list b) {
        steps_ += a.size() / 16 + 1;
        if (is_same_list(a, b)) {
            return true;
        }
        bool all = a.size() == b.size();
        for (std::size_t i = 0; all && i < a.size(); ++i) {
            ++steps_;
            all = a[i] == b[i] || (count_comparison() && is_subtype(*module_, a[i], b[i]));
        }
        return all;
    }

    /// Do the topmost operands match? Leaves them where they are.
    [[gnu::noinline]] void check_top(type_list expected) {
        if (has_on_top(expected)) [[likely]] {
            return;
        }
        const value_type* operand = top_;
        for (std::size_t i = expected.size(); i-- != 0;) {
            ++steps_;
            if (operand == floor_) {
                if (!frames_.back().polymorphic) {
                    stack_mismatch(expected[i], no_types);
                }
                return;
            }
            const value_type type = operand[-1];
            operand -= type.slots();
            if (type != expected[i] && !(count_comparison() && is_subtype(*module_, type, expected[i]))) {
                stack_mismatch(expected[i], type);
                return;
            }
        }
    }

    /// An operator without immediate whose signature is all there is to it.
    [[gnu::noinline]] void apply(opcode op) {
        const uniform_signature& signature = uniform_signatures[static_cast<std::size_t>(op)];
        if (signature.slots != 0 && top_ - floor_ >= signature.slots && top_[-1] == signature.operand &&
            top_[-std::ptrdiff_t{signature.first}] == signature.operand) [[likely]] {
            top_ -= signature.slots;
            push(signature.result);
            return;
        }
        apply_slowly(op, bottom);
    }

    /// Any operator with a signature in the table, `address` being the type of its memory's addresses.
    [[gnu::noinline]] void apply_slowly(opcode op, value_type address) {
        const opcode_info& row = info(op);
        const auto type_of = [&](opcode_info::kind kind) {
            return kind == opcode_info::address ? address : value_type(kind);
        };
        for (std::size_t i = row.params().size(); i-- != 0;) {
            pop(type_of(row.params()[i]));
        }
        for (const auto result : row.results()) {
            push(type_of(result));
        }
    }

    // The control stack

    [[nodiscard]] control_frame& current() noexcept { return frames_.back(); }
    [[nodiscard]] std::uint32_t height() const noexcept { return static_cast<std::uint32_t>(top_ - operands_.data()); }
    /// The highest that the operand stack has been.
    [[nodiscard]] std::uint32_t peak() const noexcept { return static_cast<std::uint32_t>(peak_ - operands_.data()); }

    /// Ends the innermost block: what was on the operand stack when it began is there, and its results.
    void pop_frame() {
        const block_signature type = frames_.back().type;
        inline_results_used_ -= frames_.back().owns_result ? 1U : 0U;
        top_ = floor_;
        frames_.pop_back();
        if (!frames_.empty()) {
            floor_ = operands_.data() + frames_.back().height;
            push(type.results);
        }
    }

    void push_frame(opcode what, const block_signature& type, bool owns_result) {
        if (!frames_.try_push_back({})) [[unlikely]] {
            return out_of_memory();
        }
        control_frame& frame = frames_.back();
        frame.type = type;
        frame.height = frame.type.height = height();
        floor_ = top_;
        frame.initialized = static_cast<std::uint32_t>(initialized_log_.size());
        frame.what = what;
        frame.reported = reachable_;
        frame.owns_result = owns_result;
    }

    /// After an operator that never continues.
    void set_unreachable() {
        control_frame& frame = frames_.back();
        top_ = floor_;
        frame.polymorphic = true;
        reachable_ = false;
    }

    /// Ends an arm of the innermost block, whose results must be all that is on the operand stack.
    void end_arm() {
        const control_frame& frame = frames_.back();
        pop(frame.type.results);
        if (top_ != floor_) [[unlikely]] {
            surplus_operands();
        }
        if (initialized_log_.size() != frame.initialized) [[unlikely]] {
            forget_locals(frame.initialized);
        }
    }

    // Locals

    [[nodiscard, gnu::always_inline]] local_place read_local() {
        const std::uint32_t local = reader_.read_u32_leb();
        return locals_.is_near(local) ? locals_.near(local) : find_local(local);
    }
    [[nodiscard, gnu::noinline]] local_place find_local(std::uint32_t local) {
        if (local >= locals_.size()) [[unlikely]] {
            invalid("unknown local", local);
            return {};
        }
        return locals_.find(local);
    }
    /// Locals without a default value must be set before they are read.
    void require_initialized(const local_place& local) {
        if (!local.type.is_defaultable() && !is_initialized(local.index)) [[unlikely]] {
            invalid("uninitialized local", local.index);
        }
    }
    void set_initialized(const local_place& local) {
        if (!local.type.is_defaultable() && !is_initialized(local.index)) [[unlikely]] {
            note_initialized(local.index);
        }
    }

    /// Parameters, then the locals that the body declares (5.5.13). Nothing is stored beyond the limit.
    [[gnu::noinline]] void read_locals(const function_type& type) {
        bool has_room = locals_.try_begin(type.params);
        parameters_ = locals_.size();
        ++epoch_;
        initialized_log_.clear();
        const std::uint32_t begin = reader_.offset();
        std::uint64_t total = 0;
        for (std::uint32_t groups = reader_.read_count("groups of locals", limits::function_size); groups != 0;
             --groups) {
            const std::uint32_t count = reader_.read_u32_leb();
            const value_type local = read_value_type(reader_, *module_);
            total += count;
            if (!reader_.ok()) {
                return;
            }
            if (std::uint64_t{locals_.size()} + count <= limits::locals) {
                has_room = has_room && locals_.try_add(local, count);
            }
        }
        if (!has_room) {
            return out_of_memory();
        }
        if (total > 0xffff'ffffU) {
            reader_.malformed_at(begin, {"too many locals: ", total});
        } else if (total + type.params.size() > limits::locals) {
            reader_.fail(diagnostic_kind::limit, begin,
                         {"too many locals: ", total, ", at most ", limits::locals, " with parameters"});
        }
    }

    /// Empties the stacks for another function or constant expression, which `reader` has before it.
    void start(const byte_reader& reader) {
        reader_ = reader;
        offset_ = reader.offset();
        frames_.clear();
        inline_results_used_ = 0;
        weight_ = 0;
        comparisons_ = limits::type_comparisons + limits::type_comparisons_per_byte * reader.remaining();
        reachable_ = true;
        if (operands_.empty() && !operands_.try_resize(64)) {
            out_of_memory();
        }
        top_ = floor_ = peak_ = operands_.data();
    }

    /// A place for the result of a block type that is one reference type; the spans that sinks get stay valid until the
    /// block ends, however deep the nesting grows.
    [[nodiscard]] type_list store_inline_result(value_type type) {
        if (inline_results_used_ == inline_results_.size()) {
            vector<value_type> one(*source_);
            if (!one.try_resize(1) || !inline_results_.try_push_back(std::move(one))) {
                out_of_memory();
                return {};
            }
        }
        vector<value_type>& place = inline_results_[inline_results_used_++];
        place[0] = type;
        return {place.begin(), place.end()};
    }

    std::span<const std::byte> module_bytes_;
    value_type* top_ = nullptr;   ///< behind the topmost operand
    value_type* floor_ = nullptr; ///< the bottom of the innermost block's operands
    vector<control_frame> frames_;
    local_runs locals_;
    std::uint32_t parameters_ = 0;              ///< of locals_, those that the caller initialises
    std::uint32_t epoch_ = 0;                   ///< counts functions
    vector<std::uint32_t> initialized_in_;      ///< by local without default: the epoch in which it was initialised
    vector<std::uint32_t> initialized_log_;     ///< locals in the order in which they were initialised
    vector<vector<value_type>> inline_results_; ///< of one type each, which does not move
    std::size_t inline_results_used_ = 0;
    std::uint32_t weight_ = 0; ///< operators so far of the innermost loop, or of the function outside

private:
    static constexpr type_list no_types{};

    // Storage of the operand stack, to its capacity, and its highest top so far.
    vector<value_type> operands_;
    value_type* peak_ = nullptr;
    const allocator* source_;
    std::size_t comparisons_ = 0; ///< that this body may still ask for, see count_comparison

    // A function may have a thousand parameters, and a body may call it with every second byte: long lists are compared and
    // copied as bytes.

    static constexpr std::size_t few_types = 8;

    [[nodiscard]] static bool is_same(const value_type* a, const value_type* b, std::size_t count) noexcept {
        static_assert(std::has_unique_object_representations_v<value_type>);
        return count == 0 || std::memcmp(a, b, count * sizeof(value_type)) == 0; // an empty list may be null
    }

    /// The topmost operands have exactly these types, and one slot each.
    [[nodiscard]] bool has_on_top(type_list types) const noexcept {
        if (static_cast<std::size_t>(top_ - floor_) < types.size()) {
            return false;
        }
        const value_type* const operands = top_ - types.size();
        if (types.has_vectors()) {
            return false;
        }
        if (types.size() > few_types) {
            return is_same(operands, types.data(), types.size());
        }
        for (std::size_t i = 0; i != types.size(); ++i) {
            if (operands[i] != types[i]) {
                return false;
            }
        }
        return true;
    }

    [[gnu::noinline]] void pop_many(type_list expected) {
        steps_ += expected.size() / 16 + 1;
        const auto available = static_cast<std::size_t>(top_ - floor_);
        if (available < expected.size() && frames_.back().polymorphic && !expected.has_vectors()) {
            expected = expected.last(available);
        }
        if (has_on_top(expected)) [[likely]] {
            top_ -= expected.size();
        } else {
            pop_one_by_one(expected);
        }
    }

    [[gnu::noinline]] void push_many(type_list types) {
        steps_ += types.size() / 16 + 1;
        if (!types.has_vectors() && has_room_for(types.size())) {
            std::memcpy(top_, types.data(), types.size() * sizeof(value_type));
            top_ += types.size();
            return;
        }
        for (const value_type type : types) {
            push(type);
        }
        steps_ += types.size();
    }

    /// Operands of other types than expected, which may match.
    [[gnu::noinline]] void pop_one_by_one(type_list expected) {
        pop_each(expected.size(), [&](std::size_t i) { return expected[i]; });
    }

    /// Long lists of types that only match are compared one by one, and two bytes may ask for that: no body may do so out of
    /// proportion. \returns false with an error.
    [[nodiscard]] bool count_comparison() {
        if (comparisons_ != 0) [[likely]] {
            --comparisons_;
            return true;
        }
        refuse(diagnostic_kind::limit, {"too many types to compare", in_operator()});
        return false;
    }

    [[nodiscard]] bool is_initialized(std::uint32_t local) const noexcept {
        return local < parameters_ || (local < initialized_in_.size() && initialized_in_[local] == epoch_);
    }
    [[gnu::cold, gnu::noinline]] void note_initialized(std::uint32_t local) {
        const bool has_room = local < initialized_in_.size() || initialized_in_.try_resize(local + std::size_t{1});
        if (!has_room || !initialized_log_.try_push_back(local)) {
            return out_of_memory();
        }
        initialized_in_[local] = epoch_;
    }

    [[gnu::always_inline]] void push_slot(value_type type) {
        if (top_ == peak_) [[unlikely]] {
            raise_peak();
        }
        *top_++ = type;
    }
    [[gnu::noinline]] void raise_peak() {
        if (!has_room_for(1)) {
            // Nothing looks at the operands any more; what this operator still pushes needs a place.
            top_ = floor_ = operands_.data();
            peak_ = top_ + 1;
        }
    }

    /// The peak is so many slots above the top, or more. \returns false with an error where there is no memory for them.
    [[nodiscard]] bool has_room_for(std::size_t slots) {
        const std::size_t needed = height() + slots;
        if (needed > operands_.size()) {
            const auto top = top_ - operands_.data();
            const auto floor = floor_ - operands_.data();
            const auto highest = peak();
            if (operands_.size() > limits::operand_slots) {
                beyond_limit("too many operands: at most", limits::operand_slots);
            }
            if (!operands_.try_resize(greater(operands_.size() * 2, needed))) {
                out_of_memory();
                return false;
            }
            top_ = operands_.data() + top;
            floor_ = operands_.data() + floor;
            peak_ = operands_.data() + highest;
        }
        peak_ = greater(peak_, top_ + slots);
        return true;
    }

    [[gnu::noinline]] void pop_other(value_type expected) {
        if (top_ == floor_) {
            if (!frames_.back().polymorphic) {
                stack_mismatch(expected, no_types);
            }
            return;
        }
        const value_type actual = top_[-1];
        top_ -= actual.slots();
        if (!is_subtype(*module_, actual, expected)) {
            stack_mismatch(expected, actual);
        }
    }

    [[gnu::cold, gnu::noinline]] void surplus_operands() {
        value_type surplus[16];
        std::size_t count = 0;
        for (const value_type* operand = top_ - floor_ > 16 ? top_ - 16 : floor_; operand < top_;
             operand += operand->slots()) {
            surplus[count++] = *operand;
        }
        mismatch("block requires", no_types, "but stack has", type_list(surplus, surplus + count));
    }

    /// " (i32.add)": the operator at offset(), for messages.
    [[gnu::cold, gnu::noinline]] text in_operator() const {
        diagnostics ignored;
        byte_reader reader(module_bytes_, offset_, module_bytes_.size(), ignored);
        const std::uint8_t first = reader.peek();
        reader.skip(1);
        const opcode op =
            is_opcode_prefix(first) ? decode_opcode(first, reader.read_u32_leb()) : decode_opcode(0, first);
        return op == no_opcode ? text() : text(" (").append(name(op)).append(")");
    }

    void forget_locals(std::uint32_t keep) {
        for (; initialized_log_.size() > keep; initialized_log_.pop_back()) {
            initialized_in_[initialized_log_.back()] = 0;
        }
    }
};

} // namespace riser::inline v0_1::core::wasm
