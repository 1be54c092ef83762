#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/wasm/function/parser_reference.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace riser::inline v0_1::core::wasm {

/// Decodes and validates the bodies of one module's functions, one after the other, and reports them to sinks. Keeps
/// its memory from body to body, so that whoever has many of them keeps one parser.
///
/// Only what calls the sink is in this template; the base classes are the same code for every sink. Nesting costs a
/// control_frame, never a native stack frame. Events of sinks are plain member functions that return nothing.
template <class Sink>
class function_parser : private reference_operators {
public:
    /// \param source of what the parser remembers; outlives it
    function_parser(const module_info& module, std::span<const std::byte> module_bytes, diagnostics& diagnostics,
                    const allocator& source = host_allocator) noexcept
        : reference_operators(module, module_bytes, diagnostics, source) {}

    /// \returns false where the body is refused; the diagnostics then say why.
    bool parse_function(std::uint32_t function, Sink& sink);

    /// A constant expression (3.4.13) of type `expected`; it may read the first `visible_globals` globals.
    bool parse_constant_expression(byte_range bytes, value_type expected, std::uint32_t visible_globals, Sink& sink);

    /// The same for one of unknown length at the beginning of `reader`, which then stands behind its `end`.
    bool parse_constant_expression(byte_reader& reader, value_type expected, std::uint32_t visible_globals, Sink& sink);

private:
    bool run();
    bool run_constant(std::uint32_t visible_globals);
    bool require_end_of_bytes();
    [[gnu::cold, gnu::noinline]] void missing_end();

    void one_byte_operator(opcode op, std::uint8_t code);
    void control_operator(opcode op);
    void call_operator(opcode op);
    void exception_operator(opcode op);
    void reference_operator(opcode op);
    void prefixed_operator(std::uint8_t prefix);
    void structure_operator(opcode op);
    void array_operator(opcode op);
    void bulk_operator(opcode op);
    void vector_operator(opcode op);
    void atomic_operator(opcode op);
    void constant_operator(opcode op, std::uint32_t visible_globals);

    void report_block(opcode op);
    void report_end();
    void report_numeric(opcode op);
    void report_load(opcode op);
    void report_store(opcode op);

    /// Tells the sink, where execution may get to the operator. The arguments are what decoding and validating it gave;
    /// they have been evaluated, and errors have cleared reachable_, before this looks.
    template <class Class, class... Parameters, class... Arguments>
    [[gnu::always_inline]] void report(void (Class::*event)(Parameters...), Arguments&&... arguments) {
        if (reachable_) {
            (sink_->*event)(std::forward<Arguments>(arguments)...);
        }
    }

    Sink* sink_ = nullptr;
    bool falls_through_ = false; ///< the end of the last body
};

template <class Sink>
bool parse_function(const module_info& module, std::span<const std::byte> module_bytes, std::uint32_t function,
                    Sink& sink, diagnostics& diagnostics, const allocator& source) {
    return function_parser<Sink>(module, module_bytes, diagnostics, source).parse_function(function, sink);
}

template <class Sink>
bool parse_constant_expression(const module_info& module, std::span<const std::byte> module_bytes, byte_range bytes,
                               value_type expected, std::uint32_t visible_globals, Sink& sink, diagnostics& diagnostics,
                               const allocator& source) {
    return function_parser<Sink>(module, module_bytes, diagnostics, source)
        .parse_constant_expression(bytes, expected, visible_globals, sink);
}

template <class Sink>
bool function_parser<Sink>::parse_function(std::uint32_t function, Sink& sink) {
    if (!reader_.ok()) {
        return false; // somebody else's error
    }
    const function_type& type = module_->type_of_function(function);
    sink_ = &sink;
    const byte_range bytes = module_->bodies[function - module_->imported_functions].bytes;
    start(byte_reader(module_bytes_, bytes.offset, std::size_t{bytes.offset} + bytes.size, reader_.errors()));
    read_locals(type);
    push_frame(opcode::block, {{}, type.results}, false);
    if (reader_.ok()) {
        sink.begin_function(*this, function_header{function, &type, &locals_});
        if (run()) {
            function_summary summary;
            summary.entry_weight = weight_;
            summary.frame_slots = greater(locals_.slots() + peak(), type.results.slots());
            summary.falls_through = falls_through_;
            sink.end_function(summary);
        }
    }
    if (!reader_.ok()) {
        reader_.errors().first().function = function;
    }
    return reader_.ok();
}

template <class Sink>
bool function_parser<Sink>::parse_constant_expression(byte_range bytes, value_type expected,
                                                      std::uint32_t visible_globals, Sink& sink) {
    byte_reader reader(module_bytes_, bytes.offset, std::size_t{bytes.offset} + bytes.size, reader_.errors());
    return parse_constant_expression(reader, expected, visible_globals, sink) && require_end_of_bytes();
}

template <class Sink>
bool function_parser<Sink>::parse_constant_expression(byte_reader& reader, value_type expected,
                                                      std::uint32_t visible_globals, Sink& sink) {
    sink_ = &sink;
    start(reader);
    push_frame(opcode::block, {{}, {&expected, &expected + 1}}, false);
    const bool accepted = run_constant(visible_globals);
    reader = reader_;
    return accepted;
}

template <class Sink>
bool function_parser<Sink>::run() {
    while (!reader_.at_end()) {
        offset_ = reader_.offset();
        ++weight_;
        const std::uint8_t code = reader_.read_u8();
        one_byte_operator(decode_opcode(0, code), code);
    }
    if (!frames_.empty()) {
        missing_end(); // says nothing where it was an error that moved the reader to its end
    }
    return reader_.ok();
}

template <class Sink>
bool function_parser<Sink>::run_constant(std::uint32_t visible_globals) {
    while (!reader_.at_end()) {
        offset_ = reader_.offset();
        const std::uint8_t first = reader_.read_u8();
        const std::uint8_t prefix = is_opcode_prefix(first) ? first : std::uint8_t{0};
        const std::uint32_t code = prefix != 0 ? reader_.read_u32_leb() : first;
        const opcode op = decode_opcode(prefix, code);
        if (op == no_opcode) {
            illegal_opcode(prefix, code);
        } else if (op != opcode::end) {
            constant_operator(op, visible_globals);
        } else {
            block_end end;
            static_cast<void>(end_block(end));
            return reader_.ok();
        }
    }
    reader_.malformed("unexpected end of section or function");
    return false;
}

template <class Sink>
void function_parser<Sink>::missing_end() {
    reader_.malformed(reader_.offset() == module_bytes_.size() ? "unexpected end of section or function"
                                                               : "END opcode expected");
}

template <class Sink>
bool function_parser<Sink>::require_end_of_bytes() {
    if (reader_.ok() && !reader_.at_end()) {
        reader_.malformed("section size mismatch: bytes after the end of an expression");
    }
    return reader_.ok();
}

/// The common operators. The others have functions of their own, to keep this one small. What decides is the byte itself: a
/// processor that guessed the operator wrong waits for as little as possible before it knows the right one.
template <class Sink>
[[gnu::always_inline]] inline void function_parser<Sink>::one_byte_operator(opcode op, std::uint8_t code) {
    switch (code) {
    case one_byte_code(opcode::local_get): return report(&Sink::local_get, get_local());
    case one_byte_code(opcode::local_set): return report(&Sink::local_set, set_local());
    case one_byte_code(opcode::local_tee): return report(&Sink::local_tee, tee_local());
    case one_byte_code(opcode::global_get): return report(&Sink::global_get, get_global());
    case one_byte_code(opcode::global_set): return report(&Sink::global_set, set_global());
    case one_byte_code(opcode::i32_const): return report(&Sink::constant, i32, read_constant(i32));
    case one_byte_code(opcode::i64_const): return report(&Sink::constant, i64, read_constant(i64));
    case one_byte_code(opcode::f32_const): return report(&Sink::constant, f32, read_constant(f32));
    case one_byte_code(opcode::f64_const): return report(&Sink::constant, f64, read_constant(f64));
    case one_byte_code(opcode::i32_load):
    case one_byte_code(opcode::i64_load):
    case one_byte_code(opcode::f32_load):
    case one_byte_code(opcode::f64_load):
    case one_byte_code(opcode::i32_load8_s):
    case one_byte_code(opcode::i32_load8_u):
    case one_byte_code(opcode::i32_load16_s):
    case one_byte_code(opcode::i32_load16_u):
    case one_byte_code(opcode::i64_load8_s):
    case one_byte_code(opcode::i64_load8_u):
    case one_byte_code(opcode::i64_load16_s):
    case one_byte_code(opcode::i64_load16_u):
    case one_byte_code(opcode::i64_load32_s):
    case one_byte_code(opcode::i64_load32_u): return report_load(op);
    case one_byte_code(opcode::i32_store):
    case one_byte_code(opcode::i64_store):
    case one_byte_code(opcode::f32_store):
    case one_byte_code(opcode::f64_store):
    case one_byte_code(opcode::i32_store8):
    case one_byte_code(opcode::i32_store16):
    case one_byte_code(opcode::i64_store8):
    case one_byte_code(opcode::i64_store16):
    case one_byte_code(opcode::i64_store32): return report_store(op);
    case one_byte_code(opcode::block):
    case one_byte_code(opcode::loop):
    case one_byte_code(opcode::if_): return report_block(op);
    case one_byte_code(opcode::end): return report_end();
    case one_byte_code(opcode::br): report(&Sink::br, branch()); return set_unreachable();
    case one_byte_code(opcode::br_if): return report(&Sink::br_if, branch_if());
    case one_byte_code(opcode::call): return report(&Sink::call, call());
    case one_byte_code(opcode::drop): return report(&Sink::drop, pop_any());
    case one_byte_code(opcode::select): return report(&Sink::select, select_operands());
    case one_byte_code(opcode::else_):
    case one_byte_code(opcode::unreachable):
    case one_byte_code(opcode::nop):
    case one_byte_code(opcode::br_table):
    case one_byte_code(opcode::return_):
    case one_byte_code(opcode::br_on_null):
    case one_byte_code(opcode::br_on_non_null): return control_operator(op);
    case one_byte_code(opcode::call_indirect):
    case one_byte_code(opcode::return_call):
    case one_byte_code(opcode::return_call_indirect):
    case one_byte_code(opcode::call_ref):
    case one_byte_code(opcode::return_call_ref): return call_operator(op);
    case one_byte_code(opcode::try_):
    case one_byte_code(opcode::catch_):
    case one_byte_code(opcode::catch_all):
    case one_byte_code(opcode::delegate):
    case one_byte_code(opcode::rethrow):
    case one_byte_code(opcode::throw_):
    case one_byte_code(opcode::throw_ref):
    case one_byte_code(opcode::try_table): return exception_operator(op);
    case one_byte_code(opcode::select_t):
    case one_byte_code(opcode::memory_size):
    case one_byte_code(opcode::memory_grow):
    case one_byte_code(opcode::table_get):
    case one_byte_code(opcode::table_set):
    case one_byte_code(opcode::ref_null):
    case one_byte_code(opcode::ref_is_null):
    case one_byte_code(opcode::ref_func):
    case one_byte_code(opcode::ref_eq):
    case one_byte_code(opcode::ref_as_non_null): return reference_operator(op);
    default: break;
    }
    if (op != no_opcode) [[likely]] {
        return report_numeric(op);
    }
    return is_opcode_prefix(code) ? prefixed_operator(code) : illegal_opcode(0, code);
}

template <class Sink>
void function_parser<Sink>::report_block(opcode op) {
    const block_signature type = op == opcode::if_ ? begin_if() : begin_block(op, read_block_type());
    if (!reachable_) {
        return;
    }
    switch (op) {
    case opcode::block: return sink_->block(type);
    case opcode::loop: return sink_->loop(type);
    case opcode::if_: return sink_->if_(type);
    default: return sink_->try_(type);
    }
}

template <class Sink>
void function_parser<Sink>::report_end() {
    block_end end;
    const bool reported = end_block(end);
    if (frames_.empty()) {
        falls_through_ = end.falls_through;
        static_cast<void>(require_end_of_bytes());
    } else if (reported) {
        sink_->end(end);
    }
}

template <class Sink>
inline void function_parser<Sink>::report_numeric(opcode op) {
    apply(op);
    report(&Sink::numeric, op);
}

template <class Sink>
inline void function_parser<Sink>::report_load(opcode op) {
    const opcode_info& row = info(op);
    report(&Sink::load, op, load_operands(row.width_log2, row.result_kinds[0]));
}

template <class Sink>
inline void function_parser<Sink>::report_store(opcode op) {
    const opcode_info& row = info(op);
    report(&Sink::store, op, store_operands(row.width_log2, row.param_kinds[1]));
}

} // namespace riser::inline v0_1::core::wasm

#include "riser/core/wasm/function/function_parser_families.hpp"
