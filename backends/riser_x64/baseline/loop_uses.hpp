#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/opcode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace riser::inline v0_1::x64 {

/// Which locals the loops of a function use, since one pass knows at a loop's head nothing of what follows. A body with loops is gone
/// over for this before the rest of it is compiled, by its operators and immediates alone, a fraction of what parsing it takes: what
/// cannot be reached counts, too. Of a body that is invalid it finds something or other; that is refused later.
class loop_uses {
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

    /// Looks at a part of the module's bytes: a function's operators from a `loop` on. Where there is no memory, nothing is known.
    void look_at(const core::wasm::module_info& module, std::span<const std::byte> module_bytes,
                 core::wasm::byte_range operators) noexcept;

    /// What is known of a loop.
    struct range {
        std::uint32_t offset; ///< of the operator, in the module
        std::uint32_t begin;
        std::uint32_t end;
        std::uint32_t outer;
        std::uint8_t depth;
        std::uint32_t calls; ///< operators that clobber all registers
    };

    /// \param offset of the `loop` operator, in the module
    /// \returns null where nothing is known
    [[nodiscard]] const range* find(std::uint32_t offset) const noexcept {
        const auto at = std::ranges::lower_bound(loops_, offset, {}, &range::offset);
        return at != loops_.end() && at->offset == offset ? at : nullptr;
    }

    struct found_uses {
        std::span<const use> uses; ///< the most used first
        bool is_complete = false;  ///< whether these are all
    };
    /// Those that the loop uses, of as many accesses as may be looked at; none once the body's allowance is spent.
    [[nodiscard]] found_uses of_loop(const range& of) noexcept {
        const std::uint32_t end = std::min(of.end, of.begin + most_accesses);
        if (end - of.begin > allowance_) {
            return {};
        }
        allowance_ -= end - of.begin;
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
        return {{uses_.data(), count}, end == of.end};
    }

private:
    static constexpr std::uint32_t none = UINT32_MAX;
    /// Of a loop, that are looked at: nests are looked at again for each loop, and those that are deep not for all.
    static constexpr std::uint32_t most_accesses = 1024;
    static constexpr std::uint32_t accesses_per_byte = 8;
    static constexpr std::uint32_t accesses_per_body = 8192;

    struct access {
        std::uint8_t local;
        std::uint8_t depth; ///< loops around it
        bool is_set;
    };
    using opcode = core::wasm::opcode;
    using immediate_kind = core::wasm::immediate_kind;

    /// What a byte says that begins an operator.
    enum class shape : std::uint8_t { nothing, index, local_get, local_set, memory_argument, end, call, other };
    [[nodiscard]] static constexpr shape shape_of(std::uint8_t code) noexcept {
        const opcode op = core::wasm::decode_opcode(0, code);
        if (op == core::wasm::no_opcode) {
            return shape::other;
        }
        switch (op) {
        case opcode::local_get: return shape::local_get;
        case opcode::local_set:
        case opcode::local_tee: return shape::local_set;
        case opcode::end: return shape::end;
        default: break;
        }
        if (clobbers_registers(op)) {
            return op == opcode::call ? shape::call : shape::other;
        }
        switch (core::wasm::info(op).immediate) {
        case immediate_kind::none: return shape::nothing;
        case immediate_kind::label:
        case immediate_kind::global:
        case immediate_kind::i32_value:
        case immediate_kind::i64_value: return shape::index;
        case immediate_kind::memarg: return shape::memory_argument;
        default: return shape::other;
        }
    }
    [[nodiscard]] static constexpr std::array<shape, 256> make_shapes() noexcept {
        std::array<shape, 256> made{};
        for (unsigned code = 0; code != made.size(); ++code) {
            made[code] = shape_of(static_cast<std::uint8_t>(code));
        }
        return made;
    }
    static const std::array<shape, 256> shapes;

    [[nodiscard]] bool run(const core::wasm::module_info& module, std::span<const std::byte> module_bytes,
                           core::wasm::byte_range operators);
    [[nodiscard]] bool run_one(core::wasm::byte_reader& reader, const core::wasm::module_info& module);
    [[nodiscard]] bool begin_block(opcode op, std::uint32_t offset);
    void end_block() noexcept;
    [[nodiscard]] bool note(std::uint32_t local, bool is_set);
    void note_call() noexcept {
        if (innermost_ != none) {
            ++loops_[innermost_].calls;
        }
    }
    [[nodiscard]] static constexpr bool clobbers_registers(opcode op) noexcept {
        switch (op) {
        case opcode::call:
        case opcode::call_indirect:
        case opcode::call_ref:
        case opcode::memory_grow:
        case opcode::memory_fill:
        case opcode::memory_copy:
        case opcode::memory_init:
        case opcode::data_drop:
        case opcode::table_get:
        case opcode::table_set:
        case opcode::table_size:
        case opcode::table_grow:
        case opcode::table_fill:
        case opcode::table_copy:
        case opcode::table_init:
        case opcode::elem_drop:
        case opcode::ref_func: return true;
        default: return false;
        }
    }
    static void skip_value_type(core::wasm::byte_reader& reader);
    static void skip_indices(core::wasm::byte_reader& reader, std::uint64_t count);
    static void skip_immediate(core::wasm::byte_reader& reader, immediate_kind immediate);

    core::vector<access> accesses_;
    core::vector<range> loops_;
    core::vector<bool> open_;
    std::uint32_t innermost_ = none;
    std::uint32_t allowance_ = 0; ///< accesses of the body that may still be looked at
    std::array<use, most_locals> uses_;
    std::array<std::uint8_t, most_locals> places_{}; ///< in uses_, from 1
};

inline constexpr std::array<loop_uses::shape, 256> loop_uses::shapes = make_shapes();

inline void loop_uses::look_at(const core::wasm::module_info& module, std::span<const std::byte> module_bytes,
                               core::wasm::byte_range operators) noexcept {
    accesses_.clear();
    loops_.clear();
    open_.clear();
    innermost_ = none;
    allowance_ = accesses_per_body + accesses_per_byte * operators.size;
    if (!run(module, module_bytes, operators)) {
        loops_.clear();
    }
}

/// \returns false where the body is malformed, or there is no memory
inline bool loop_uses::run(const core::wasm::module_info& module, std::span<const std::byte> module_bytes,
                           core::wasm::byte_range operators) {
    const std::byte* at = module_bytes.data() + operators.offset;
    const std::byte* const end = at + operators.size;
    const auto skip_leb = [&] {
        while (at != end && (*at++ & std::byte{0x80}) != std::byte{0}) {
        }
    };
    while (at != end) {
        const auto code = std::to_integer<std::uint8_t>(*at++);
        switch (shapes[code]) {
        case shape::nothing: break;
        case shape::index: skip_leb(); break;
        case shape::local_get:
        case shape::local_set: {
            std::uint32_t local = 0;
            for (unsigned shift = 0; at != end; shift += 7) { // small ones may have more bytes than they need
                const auto byte = std::to_integer<std::uint32_t>(*at++);
                local |= shift < 32 ? (byte & 0x7fU) << shift : 0;
                if (byte < 0x80) {
                    break;
                }
            }
            if (!note(local, shapes[code] == shape::local_set)) {
                return false;
            }
            break;
        }
        case shape::memory_argument: {
            const bool has_memory = at != end && (*at & std::byte{0x40}) != std::byte{0};
            skip_leb();
            if (has_memory) {
                skip_leb();
            }
            skip_leb();
            break;
        }
        case shape::end: end_block(); break;
        case shape::call:
            note_call();
            skip_leb();
            break;
        case shape::other: {
            core::wasm::diagnostics ignored; // whoever compiles the body has the same
            core::wasm::byte_reader reader(module_bytes, static_cast<std::size_t>(at - 1 - module_bytes.data()),
                                           static_cast<std::size_t>(end - module_bytes.data()), ignored);
            if (!run_one(reader, module)) {
                return false;
            }
            at = module_bytes.data() + reader.offset();
            break;
        }
        }
    }
    return true;
}

/// An operator that is not frequent, or has more behind it.
/// \returns false as run()
inline bool loop_uses::run_one(core::wasm::byte_reader& reader, const core::wasm::module_info& module) {
    const std::uint32_t offset = reader.offset();
    const std::uint8_t code = reader.read_u8();
    const std::uint8_t prefix = core::wasm::is_opcode_prefix(code) ? code : std::uint8_t{0};
    const opcode op = core::wasm::decode_opcode(prefix, prefix != 0 ? reader.read_u32_leb() : code);
    if (op == core::wasm::no_opcode || op == opcode::try_ || op == opcode::try_table) { // no backend has exceptions
        return false;
    }
    if (op == opcode::memory_size) {
        const std::uint32_t memory = reader.read_u32_leb();
        if (memory != 0 || module.memories.empty() || module.memories[0].is_shared) { // others' is in the context
            note_call();
        }
        return reader.ok();
    }
    if (clobbers_registers(op)) {
        note_call();
    }
    const immediate_kind immediate = core::wasm::info(op).immediate;
    skip_immediate(reader, immediate);
    return reader.ok() && (immediate != immediate_kind::block || begin_block(op, offset));
}

/// \returns false where there is no memory
inline bool loop_uses::begin_block(opcode op, std::uint32_t offset) {
    const bool is_loop = op == opcode::loop;
    if (is_loop) {
        const auto begin = static_cast<std::uint32_t>(accesses_.size());
        const auto depth =
            static_cast<std::uint8_t>(innermost_ == none ? 1 : std::min(254, loops_[innermost_].depth + 1));
        if (!loops_.try_push_back({offset, begin, begin, innermost_, depth, 0})) {
            return false;
        }
        innermost_ = static_cast<std::uint32_t>(loops_.size() - 1);
    }
    return open_.try_push_back(is_loop);
}

inline void loop_uses::end_block() noexcept {
    if (open_.empty()) {
        return; // of the body
    }
    if (open_.back()) {
        range& ended = loops_[innermost_];
        ended.end = static_cast<std::uint32_t>(accesses_.size());
        innermost_ = ended.outer;
        if (innermost_ != none) {
            loops_[innermost_].calls += ended.calls;
        }
    }
    open_.pop_back();
}

/// \returns false where there is no memory
inline bool loop_uses::note(std::uint32_t local, bool is_set) {
    return innermost_ == none || local >= most_locals ||
           accesses_.try_push_back({static_cast<std::uint8_t>(local), loops_[innermost_].depth, is_set});
}

inline void loop_uses::skip_value_type(core::wasm::byte_reader& reader) {
    const std::uint8_t first = reader.peek();
    const bool has_heap_type = first == 0x63 || first == 0x64; // 5.3.4
    reader.skip(has_heap_type ? 1 : 0);
    static_cast<void>(reader.read_s33_leb());
}

inline void loop_uses::skip_indices(core::wasm::byte_reader& reader, std::uint64_t count) {
    for (; count != 0 && reader.ok(); --count) {
        static_cast<void>(reader.read_u32_leb());
    }
}

/// What follows an operator's code (5.4).
inline void loop_uses::skip_immediate(core::wasm::byte_reader& reader, immediate_kind immediate) {
    switch (immediate) {
    case immediate_kind::none: return;
    case immediate_kind::block: return skip_value_type(reader); // or an index, which is an s33 as well
    case immediate_kind::label_table: {
        const std::uint32_t count = reader.read_u32_leb();
        return skip_indices(reader, std::uint64_t{count} + 1);
    }
    case immediate_kind::label:
    case immediate_kind::function:
    case immediate_kind::type:
    case immediate_kind::tag:
    case immediate_kind::local:
    case immediate_kind::global:
    case immediate_kind::table:
    case immediate_kind::element:
    case immediate_kind::memory:
    case immediate_kind::data: return skip_indices(reader, 1);
    case immediate_kind::type_table:
    case immediate_kind::type_field:
    case immediate_kind::type_length:
    case immediate_kind::type_type:
    case immediate_kind::type_data:
    case immediate_kind::type_element:
    case immediate_kind::table_table:
    case immediate_kind::element_table:
    case immediate_kind::memory_memory:
    case immediate_kind::data_memory: return skip_indices(reader, 2);
    case immediate_kind::select_types:
        for (std::uint32_t count = reader.read_u32_leb(); count != 0 && reader.ok(); --count) {
            skip_value_type(reader);
        }
        return;
    case immediate_kind::memarg:
    case immediate_kind::memarg_lane:
        skip_indices(reader, (reader.read_u32_leb() & 0x40U) != 0 ? 1 : 0); // of another memory
        static_cast<void>(reader.read_u64_leb());
        return reader.skip(immediate == immediate_kind::memarg_lane ? 1 : 0);
    case immediate_kind::i32_value: static_cast<void>(reader.read_s32_leb()); return;
    case immediate_kind::i64_value: static_cast<void>(reader.read_s64_leb()); return;
    case immediate_kind::heap_type: static_cast<void>(reader.read_s33_leb()); return;
    case immediate_kind::lane:
    case immediate_kind::fence: return reader.skip(1);
    case immediate_kind::f32_value: return reader.skip(4);
    case immediate_kind::f64_value: return reader.skip(8);
    case immediate_kind::lanes:
    case immediate_kind::v128_value: return reader.skip(16);
    case immediate_kind::label_cast:
        reader.skip(1);
        skip_indices(reader, 1);
        static_cast<void>(reader.read_s33_leb());
        static_cast<void>(reader.read_s33_leb());
        return;
    case immediate_kind::try_table: return; // see run()
    }
}

} // namespace riser::inline v0_1::x64
