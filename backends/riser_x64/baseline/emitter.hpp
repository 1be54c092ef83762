#pragma once

#include "riser/core/bytecode/refusing_sink.hpp"
#include "riser/core/code/native_chunk.hpp"
#include "riser/core/code/trap_kind.hpp"
#include "riser/core/execute/native_layout.hpp"
#include "riser/core/wasm/opcode.hpp"
#include "riser_x64/baseline/joined_values.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::x64 {

using core::runtime::native_layout;
using core::runtime::native_operation;
using core::runtime::native_services;
using core::runtime::native_site;
using core::wasm::opcode;

/// What all families of emitters use: traps, calls of the runtime, results that go where the next operator wants them.
class emitter : public core::bytecode::refusing_sink, protected joined_values {
public:
    emitter(code_writer& writer, const core::allocator& source) noexcept
        : joined_values(writer, source), sites_(source), traps_(source) {}

    /// Of the function compiled last: where frames may stand, by offsets in the body.
    [[nodiscard]] const core::vector<native_site>& sites() const noexcept { return sites_; }

protected:
    void begin_emitter() noexcept {
        sites_.clear();
        traps_.clear();
    }

    [[nodiscard]] const core::wasm::module_info& module() const noexcept { return parser().module(); }

    static constexpr std::uint8_t select_byte = 0x1b;
    /// Whether the next operator takes a comparison from the flags.
    [[nodiscard]] bool takes_flags_next() const noexcept {
        const std::uint8_t next = parser().next_byte();
        return next == br_if_byte || next == if_byte || next == select_byte || next == eqz_byte;
    }

    // Results

    /// A register for the operator's result; `place` is a local's where the next operator sets that, and its register is the
    /// result's.
    struct destination {
        reg r = no_reg;
        core::wasm::local_place place;
        bool is_local = false;
    };
    /// \param x the operand that the instruction overwrites, if any
    /// \param y one that it still reads then: not in the result's register
    [[nodiscard]] destination target_for(kind type, const value* x, const value* y) {
        destination made;
        if (x == nullptr || x->where != value::place::held || x->type != type) {
            if (const std::uint32_t local = parser().local_set_next(); local != core::wasm::parser_view::no_local) {
                made.place = near_local(local);
                if (made.place.type.what() == type) {
                    made.r = target_of(made.place);
                }
            }
            made.is_local = made.r != no_reg && (y == nullptr || register_if_any(*y) != made.r);
            if (!made.is_local) {
                made.r = take_for(type);
            }
            lock(made.r);
        } else {
            made.r = x->r;
        }
        return made;
    }
    /// The operand's register where it has one of its own, of the same bank; it is read before the result is written.
    [[nodiscard]] destination target_over(kind type, const value& x) {
        return x.where == value::place::held && is_vector(x.r) == in_vector_bank(type)
                   ? destination{x.r, {}, false}
                   : target_for(type, nullptr, nullptr);
    }
    void push_target(kind type, const destination& made) {
        if (made.is_local) {
            push_in_place(made.place, made.r);
        } else {
            push_register(type, made.r);
        }
        done();
    }

    // Traps

    /// A trap of the current operator, where `when` holds.
    void trap_if(condition when, trap_kind why) { w.jcc(when, add_trap(why)); }
    /// The same, of an access out of bounds, whose address is in a register.
    /// \param comparison where its end is compared with the size in the context, if another thread may have made the memory larger
    void trap_access_if(condition when, reg address, const label& comparison = {}) {
        w.jcc(when, add_trap(trap_kind::memory_out_of_bounds, address, comparison));
    }
    void trap_always(trap_kind why, reg address = 0) { w.jmp(add_trap(why, address)); }

    /// The current operator's frame stands behind what was written last.
    void add_site() { add_site(parser().offset()); }
    void add_site(std::uint32_t wasm_offset) {
        add_site(native_site{static_cast<std::uint32_t>(w.code().size()), wasm_offset});
    }
    void add_site(const native_site& site) {
        if (!sites_.try_push_back(site)) {
            parser().out_of_memory();
        }
    }

    /// Behind the body: the pads that traps jump to.
    void write_traps() {
        label look_again;
        std::uint32_t in_pad = 0;
        const auto end_pad = [&] {
            if (in_pad != 0) {
                w.call(at(context_register, native_layout::trap_pad));
                in_pad = 0;
            }
        };
        for (pending_trap& each : traps_) {
            const bool looks_again = each.comparison.is_bound();
            if (looks_again || in_pad == most_in_pad) {
                end_pad();
            }
            w.bind(each.from);
            if (looks_again) {
                w.call(look_again);
                w.jcc(condition::not_equal, each.comparison);
            }
            w.push(gpr::rsp);
            ++in_pad;
            add_site({static_cast<std::uint32_t>(w.code().size()), each.wasm_offset, 0,
                      static_cast<std::uint32_t>(each.kind), each.address & 15U});
        }
        end_pad();
        if (look_again.is_used()) {
            w.bind(look_again);
            refresh_memory_size();
        }
    }

    // The runtime

    /// Calls a routine that the context has, at the current operator.
    void call_routine(std::size_t routine) {
        w.call(at(context_register, static_cast<std::int32_t>(routine)));
        add_site();
    }
    /// Calls an operation on slots from `slot` on.
    void call_operation(native_operation operation, std::uint32_t slot, std::uint32_t x, std::uint32_t y,
                        std::uint32_t wasm_offset) {
        w.lea(width::w64, gpr::r8, slot_at(slot));
        w.mov_constant(width::w32, gpr::rdi, x);
        w.mov_constant(width::w32, gpr::rcx, y);
        w.mov_constant(width::w32, gpr::rax, static_cast<std::int64_t>(operation));
        w.load(width::w64, scratch, at(context_register, native_layout::services));
        w.call(at(scratch, offsetof(native_services, operate)));
        add_site(wasm_offset);
    }
    /// The current operator is an operation: takes so many operands. Results are in slots; the caller pushes them.
    void operate(native_operation operation, std::uint32_t operands, std::uint32_t x, std::uint32_t y) {
        spill(operands);
        truncate(size() - operands);
        call_operation(operation, home_of(size()), x, y, parser().offset());
        done();
    }

private:
    /// The size of memory 0, as it is now, into the context, and whether it was another in the flags. A load of 64 bits acquires.
    void refresh_memory_size() {
        w.load(width::w64, scratch, at(context_register, native_layout::instance));
        w.load(width::w64, scratch, at(scratch, native_layout::memories));
        w.load(width::w64, scratch, at(scratch));
        w.load(width::w64, scratch, at(scratch, native_layout::other_memory_bytes));
        w.cmp(width::w64, scratch, at(context_register, native_layout::memory_bytes));
        w.store(width::w64, at(context_register, native_layout::memory_bytes), scratch);
        w.ret();
    }

    static constexpr std::uint8_t br_if_byte = 0x0d;
    static constexpr std::uint8_t if_byte = 0x04;
    static constexpr std::uint8_t eqz_byte = 0x45;
    static constexpr std::uint32_t most_in_pad = 64; ///< each word that a pad pushes is one of the native stack

    struct pending_trap {
        label from;
        trap_kind kind;
        std::uint32_t wasm_offset;
        reg address;
        label comparison; ///< bound where it is made again
    };

    [[nodiscard]] label& add_trap(trap_kind why, reg address = 0, const label& comparison = {}) {
        // One for each kind and operator.
        for (std::size_t i = traps_.size(); i > 0 && traps_[i - 1].wasm_offset == parser().offset(); --i) {
            if (traps_[i - 1].kind == why) {
                return traps_[i - 1].from;
            }
        }
        if (!traps_.try_push_back({{}, why, parser().offset(), address, comparison})) {
            parser().out_of_memory();
            return lost_;
        }
        return traps_.back().from;
    }

    core::vector<native_site> sites_;
    core::vector<pending_trap> traps_;
    label lost_; ///< of traps without memory: the code is not used
};

} // namespace riser::inline v0_1::x64
