#pragma once

#include "riser/core/wasm/function/sink.hpp"

#include <string>
#include <string_view>

namespace riser::inline v0_1::core::bytecode {

/// Refuses, by name, every operator that its derived sinks do not translate yet.
class refusing_sink {
public:
    void begin_function(wasm::parser_view& parser, const wasm::function_header&) noexcept { parser_ = &parser; }

    void br_on_cast(wasm::opcode op, std::uint32_t, wasm::value_type, wasm::value_type) { refuse(name(op)); }
    void try_table(const wasm::block_signature&, std::span<const wasm::catch_clause>) { refuse("try_table"); }
    void throw_(std::uint32_t) { refuse("throw"); }
    void throw_ref() { refuse("throw_ref"); }
    void try_(const wasm::block_signature&) { refuse("try"); }
    void catch_(std::uint32_t, bool) { refuse("catch"); }
    void catch_all(bool) { refuse("catch_all"); }
    void delegate(std::uint32_t, const wasm::block_end&) { refuse("delegate"); }
    void rethrow(std::uint32_t) { refuse("rethrow"); }
    void vector_constant(const std::array<std::uint8_t, 16>&) { refuse("v128.const"); }
    void vector_lane(wasm::opcode op, std::uint8_t) { refuse(name(op)); }
    void vector_shuffle(const std::array<std::uint8_t, 16>&) { refuse("i8x16.shuffle"); }
    void load_lane(wasm::opcode op, const wasm::memory_argument&, std::uint8_t) { refuse(name(op)); }
    void store_lane(wasm::opcode op, const wasm::memory_argument&, std::uint8_t) { refuse(name(op)); }
    void atomic(wasm::opcode op, const wasm::memory_argument&) { refuse(name(op)); }
    void atomic_fence() { refuse("atomic.fence"); }
    void ref_eq() { refuse("ref.eq"); }
    void ref_i31() { refuse("ref.i31"); }
    void i31_get(wasm::opcode op) { refuse(name(op)); }
    void ref_test(wasm::value_type) { refuse("ref.test"); }
    void ref_cast(wasm::value_type) { refuse("ref.cast"); }
    void convert_reference(wasm::opcode op) { refuse(name(op)); }
    void struct_new(wasm::opcode op, std::uint32_t) { refuse(name(op)); }
    void struct_get(wasm::opcode op, std::uint32_t, std::uint32_t) { refuse(name(op)); }
    void struct_set(std::uint32_t, std::uint32_t) { refuse("struct.set"); }
    void array_new(wasm::opcode op, std::uint32_t) { refuse(name(op)); }
    void array_new_fixed(std::uint32_t, std::uint32_t) { refuse("array.new_fixed"); }
    void array_new_segment(wasm::opcode op, std::uint32_t, std::uint32_t) { refuse(name(op)); }
    void array_get(wasm::opcode op, std::uint32_t) { refuse(name(op)); }
    void array_set(std::uint32_t) { refuse("array.set"); }
    void array_len() { refuse("array.len"); }
    void array_fill(std::uint32_t) { refuse("array.fill"); }
    void array_copy(std::uint32_t, std::uint32_t) { refuse("array.copy"); }
    void array_init_segment(wasm::opcode op, std::uint32_t, std::uint32_t) { refuse(name(op)); }

protected:
    void refuse(std::string_view instruction) {
        parser_->refuse(wasm::diagnostic_kind::unsupported, {"unsupported instruction: ", instruction});
    }
    [[nodiscard]] wasm::parser_view& parser() const noexcept { return *parser_; }

private:
    wasm::parser_view* parser_ = nullptr;
};

} // namespace riser::inline v0_1::core::bytecode
