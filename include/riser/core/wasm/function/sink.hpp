#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/function/local_runs.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/opcode.hpp"

#include <array>
#include <span>

namespace riser::inline v0_1::core::wasm {

/// What a sink may ask the parser at any event.
class parser_view {
public:
    /// Byte offset in the module of the operator that is being reported.
    [[nodiscard]] std::uint32_t offset() const noexcept { return offset_; }
    /// What the module says of the br_if or if that is being reported. Found when it is asked for, by binary search.
    [[nodiscard]] branch_hint hint() const noexcept { return module_->hint_at(offset_); }
    /// Ends the parse with an error at offset(). No further event follows.
    void refuse(diagnostic_kind kind, message what) {
        reader_.fail(kind, offset_, what);
        reachable_ = false;
    }
    /// The same for want of memory.
    [[gnu::cold, gnu::noinline]] void out_of_memory() { reachable_ = reader_.require_memory(false); }
    [[nodiscard]] const module_info& module() const noexcept { return *module_; }
    /// The byte that begins the operator behind the one that is reported, which nobody has looked at yet; 0 at the end.
    [[nodiscard]] std::uint8_t next_byte() const noexcept { return reader_.peek(); }
    /// The local that the next operator sets (or tees), if its index has one byte; else no_local. The index may be wrong.
    [[nodiscard]] std::uint32_t local_set_next() const noexcept {
        const std::uint8_t code = reader_.peek();
        const std::uint8_t index = reader_.peek(1);
        return (code == 0x21 || code == 0x22) && index < 0x80 && reader_.remaining() >= 2 ? index : no_local;
    }
    static constexpr std::uint32_t no_local = UINT32_MAX;
    /// What lists of types have cost so far, beside a constant amount for each operator: types that were looked at or copied,
    /// of those that are taken as bytes one for sixteen. Tests see by it that work is in proportion to the bytes.
    [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }
    /// The number of values on the operand stack before the current operator's effect is *not* kept here: sinks that
    /// need a stack keep their own, which the parser's calls keep in step.

protected:
    parser_view(const module_info& module, const byte_reader& reader) noexcept : module_(&module), reader_(reader) {}

    const module_info* module_;
    byte_reader reader_;
    std::uint64_t steps_ = 0;
    std::uint32_t offset_ = 0;
    bool reachable_ = true; ///< execution may get to the current operator: it is reported
};

struct function_header {
    std::uint32_t function = 0; ///< index
    const function_type* type = nullptr;
    const local_runs* locals = nullptr; ///< parameters first, then declared locals
};

struct function_summary {
    std::uint32_t entry_weight = 0; ///< operators outside every loop
    std::uint32_t frame_slots = 0;  ///< locals, then the highest operand stack, in 64-bit slots; at least what
                                    ///< parameters or results need. The same in every tier.
    bool falls_through = false;     ///< the end of the body is reachable, not counting branches to the body's label
};

struct block_signature {
    type_list params;
    type_list results;
    std::uint32_t height = 0; ///< of the operand stack below the parameters, in slots
};

struct block_end {
    bool falls_through = false;    ///< the end of the innermost arm is reachable
    bool reachable_after = false;  ///< by falling through or by a branch (or, for `if` without `else`, around it)
    std::uint32_t loop_weight = 0; ///< of a loop: operators in it, those of inner loops apart; only loops have one
};

struct memory_argument {
    std::uint32_t memory = 0;
    std::uint64_t offset = 0;
    std::uint32_t align_log2 = 0;
};

struct catch_clause {
    enum class form : std::uint8_t { tag, tag_ref, all, all_ref };
    form what = form::tag;
    std::uint32_t tag = 0;
    std::uint32_t depth = 0; ///< relative to the block around the try_table
};

/// The events of a function body, in order: the concept that every consumer of function bodies models, with what each
/// event means. Each is reported after its operator has been decoded and validated, and only where the code is
/// reachable: a block that begins in unreachable code is not reported at all (nor its end). Indices of types are
/// canonical. Labels are counted outwards from 0, the innermost reported block.
/// Spans in block signatures stay valid until the block ends, other spans during the event. Events are plain member
/// functions that return nothing. Constant expressions are reported without begin_function, end and end_function.
struct null_sink {
    void begin_function(parser_view&, const function_header&) {}
    void end_function(const function_summary&) {} ///< after the end() of the body's own block was *not* reported

    // Control (3.4.1)
    void unreachable() {}
    void nop() {}
    void block(const block_signature&) {}
    void loop(const block_signature&) {}
    void if_(const block_signature&) {}
    void else_(bool /*then_falls_through*/) {}
    void end(const block_end&) {}
    void br(std::uint32_t /*depth*/) {}
    void br_if(std::uint32_t) {}
    void br_table(std::span<const std::uint32_t> /*depths, the default last*/) {}
    void return_() {}
    void br_on_null(std::uint32_t) {}
    void br_on_non_null(std::uint32_t) {}
    void br_on_cast(opcode, std::uint32_t /*depth*/, value_type /*from*/, value_type /*to*/) {} ///< and br_on_cast_fail
    void call(std::uint32_t /*function*/) {}
    void call_indirect(std::uint32_t /*type*/, std::uint32_t /*table*/) {}
    void call_ref(std::uint32_t /*type*/) {}
    void return_call(std::uint32_t) {}
    void return_call_indirect(std::uint32_t, std::uint32_t) {}
    void return_call_ref(std::uint32_t) {}

    // Exceptions (3.4.1; the legacy ones of the exception-handling proposal's legacy document)
    void try_table(const block_signature&, std::span<const catch_clause>) {}
    void throw_(std::uint32_t /*tag*/) {}
    void throw_ref() {}
    void try_(const block_signature&) {}
    void catch_(std::uint32_t /*tag*/, bool /*previous arm falls through*/) {}
    void catch_all(bool) {}
    void delegate(std::uint32_t /*depth*/, const block_end&) {} ///< ends a try_; counted from the block around it
    void rethrow(std::uint32_t /*depth*/) {}

    // Parametric and variables (3.4.2, 3.4.3)
    void drop(value_type) {}
    void select(value_type) {}
    void local_get(const local_place&) {}
    void local_set(const local_place&) {}
    void local_tee(const local_place&) {}
    void global_get(std::uint32_t) {}
    void global_set(std::uint32_t) {}

    // Numbers and vectors: everything whose operands follow from the opcode alone and that has no immediate
    void constant(value_type, std::uint64_t /*bits*/) {}
    void vector_constant(const std::array<std::uint8_t, 16>&) {}
    void numeric(opcode) {}
    void vector_lane(opcode, std::uint8_t /*lane*/) {}
    void vector_shuffle(const std::array<std::uint8_t, 16>&) {}

    // Memory (3.4.6)
    void load(opcode, const memory_argument&) {} ///< scalar and vector loads
    void store(opcode, const memory_argument&) {}
    void load_lane(opcode, const memory_argument&, std::uint8_t) {}
    void store_lane(opcode, const memory_argument&, std::uint8_t) {}
    void atomic(opcode, const memory_argument&) {} ///< loads, stores, rmw, cmpxchg, wait, notify
    void atomic_fence() {}
    void memory_size(std::uint32_t) {}
    void memory_grow(std::uint32_t) {}
    void memory_fill(std::uint32_t) {}
    void memory_copy(std::uint32_t /*to*/, std::uint32_t /*from*/) {}
    void memory_init(std::uint32_t /*data*/, std::uint32_t /*memory*/) {}
    void data_drop(std::uint32_t) {}

    // Tables (3.4.5)
    void table_get(std::uint32_t) {}
    void table_set(std::uint32_t) {}
    void table_size(std::uint32_t) {}
    void table_grow(std::uint32_t) {}
    void table_fill(std::uint32_t) {}
    void table_copy(std::uint32_t /*to*/, std::uint32_t /*from*/) {}
    void table_init(std::uint32_t /*element*/, std::uint32_t /*table*/) {}
    void elem_drop(std::uint32_t) {}

    // References (3.4.4)
    void ref_null(heap_type) {}
    void ref_is_null() {}
    void ref_func(std::uint32_t) {}
    void ref_as_non_null() {}
    void ref_eq() {}
    void ref_i31() {}
    void i31_get(opcode) {}
    void ref_test(value_type) {}
    void ref_cast(value_type) {}
    void convert_reference(opcode) {} ///< any.convert_extern, extern.convert_any

    // Aggregates (3.4.4)
    void struct_new(opcode, std::uint32_t /*type*/) {} ///< and struct.new_default
    void struct_get(opcode, std::uint32_t /*type*/, std::uint32_t /*field*/) {}
    void struct_set(std::uint32_t, std::uint32_t) {}
    void array_new(opcode, std::uint32_t /*type*/) {} ///< and array.new_default
    void array_new_fixed(std::uint32_t, std::uint32_t /*length*/) {}
    void array_new_segment(opcode, std::uint32_t, std::uint32_t /*segment*/) {} ///< array.new_data, array.new_elem
    void array_get(opcode, std::uint32_t) {}
    void array_set(std::uint32_t) {}
    void array_len() {}
    void array_fill(std::uint32_t) {}
    void array_copy(std::uint32_t /*to*/, std::uint32_t /*from*/) {}
    void array_init_segment(opcode, std::uint32_t, std::uint32_t) {} ///< array.init_data, array.init_elem
};

/// Parses and validates the body of `function` and reports it to `sink`. The only code that decodes function bodies.
/// \returns false where the body is refused; `diagnostics` then says why.
template <class Sink>
bool parse_function(const module_info& module, std::span<const std::byte> module_bytes, std::uint32_t function,
                    Sink& sink, diagnostics& diagnostics, const allocator& source = host_allocator);

/// Parses and validates a constant expression of type `expected` (3.4.13); `visible_globals` may be read by it.
template <class Sink>
bool parse_constant_expression(const module_info& module, std::span<const std::byte> module_bytes, byte_range bytes,
                               value_type expected, std::uint32_t visible_globals, Sink& sink, diagnostics& diagnostics,
                               const allocator& source = host_allocator);

} // namespace riser::inline v0_1::core::wasm
