#pragma once

#include "riser/core/base/vector.hpp"

#include <cstdint>

// Constant expressions (3.4.13), compiled when the module is: instantiation runs these and parses nothing.

namespace riser::inline v0_1::core::runtime {

enum class constant_code : std::uint8_t {
    push,        ///< the bits
    push_vector, ///< both words
    global_get,  ///< low: global index
    ref_func,    ///< low: function index
    i32_add,
    i32_sub,
    i32_mul,
    i64_add,
    i64_sub,
    i64_mul,
    unsupported, ///< low: the opcode that this build cannot run
};

struct constant_instruction {
    constant_code code = constant_code::push;
    std::uint64_t low = 0;
    std::uint64_t high = 0;
};

/// One expression: its instructions in module_constants::code.
struct constant_range {
    std::uint32_t begin = 0;
    std::uint32_t count = 0;
};

/// `count` elements from `begin` on are the items of an element segment.
struct table_run {
    std::uint64_t begin = 0;
    std::uint32_t count = 0;
    std::uint32_t segment = 0;
};

/// What active segments make of a table, where that is known before there is an instance: those in front of `end_segment` have
/// constant offsets, lie within the table, and follow each other.
struct table_image {
    vector<table_run> runs; ///< ascending, disjoint
    std::uint32_t end_segment = 0;
};

struct module_constants {
    explicit module_constants(const allocator& source) noexcept
        : code(source), globals(source), tables(source), element_offsets(source), data_offsets(source),
          element_items(source), first_item(source) {}

    vector<constant_instruction> code;
    vector<constant_range> globals;         ///< by defined global
    vector<constant_range> tables;          ///< by defined table; empty where elements begin as null
    vector<constant_range> element_offsets; ///< by element segment; empty unless active
    vector<constant_range> data_offsets;    ///< by data segment; empty unless active
    vector<constant_range> element_items;   ///< of all segments that use expressions, one after the other
    vector<std::uint32_t> first_item;       ///< by element segment, in element_items
    vector<table_image> table_images;       ///< by defined table
    constant_range refused_item;            ///< the first element item that this build cannot run; empty if none
    std::uint32_t stack_slots = 0;          ///< enough for any of them
};

} // namespace riser::inline v0_1::core::runtime
