#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

// The decoder's behaviour that the official suite does not show: what ends up in module_info, offsets, limits, names.

namespace {

using namespace riser::core::wasm;

using bytes = std::vector<std::byte>;

bytes module_of(std::initializer_list<bytes> sections) {
    bytes all;
    for (const unsigned byte : {0x00U, 0x61U, 0x73U, 0x6dU, 0x01U, 0x00U, 0x00U, 0x00U}) {
        all.push_back(static_cast<std::byte>(byte));
    }
    for (const bytes& section : sections) {
        all.insert(all.end(), section.begin(), section.end());
    }
    return all;
}

bytes operator+(bytes left, const bytes& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

bytes raw(std::initializer_list<unsigned> values) {
    bytes result;
    for (const unsigned value : values) {
        result.push_back(static_cast<std::byte>(value));
    }
    return result;
}

bytes leb(std::uint64_t value) {
    bytes result;
    do {
        const std::uint64_t low = value & 0x7fU;
        value >>= 7U;
        result.push_back(static_cast<std::byte>(low | (value != 0 ? 0x80U : 0U)));
    } while (value != 0);
    return result;
}

bytes text(std::string_view characters) {
    bytes result = leb(characters.size());
    for (const char character : characters) {
        result.push_back(static_cast<std::byte>(character));
    }
    return result;
}

bytes section_bytes(unsigned id, const bytes& contents) { return raw({id}) + leb(contents.size()) + contents; }

struct outcome {
    module_info module;
    diagnostics errors;
    bool accepted = false;
    [[nodiscard]] std::string message() const {
        return errors.ok() ? std::string() : std::string(errors.first().message.view());
    }
};

outcome decode(const bytes& module, const decode_options& options = {}) {
    outcome result;
    result.accepted = decode_module(module, result.module, result.errors, options) &&
                      validate_bodies(result.module, module, result.errors);
    CHECK(result.accepted == result.errors.ok());
    return result;
}

bytes one_function_type() { return section_bytes(1, raw({1, 0x60, 0, 0})); } // (type (func))
bytes one_function() { return section_bytes(3, raw({1, 0})); }
bytes one_empty_body() { return section_bytes(10, raw({1, 2, 0, 0x0b})); }

} // namespace

TEST_CASE("a module fills the index spaces, imports first") {
    // (module
    //   (type (func (param i32 (ref null extern)) (result f64)))
    //   (import "m" "f" (func (type 0)))
    //   (import "m" "t" (table 1 2 funcref))
    //   (import "m" "g" (global (mut v128)))
    //   (memory i64 3 4)
    //   (global i64 (i64.const -1)))
    const bytes module = module_of({
        section_bytes(1, raw({1, 0x60, 2, 0x7f, 0x6f, 1, 0x7c})),
        section_bytes(2, raw({3}) + text("m") + text("f") + raw({0, 0}) + text("m") + text("t") +
                             raw({1, 0x70, 1, 1, 2}) + text("m") + text("g") + raw({3, 0x7b, 1})),
        section_bytes(5, raw({1, 5, 3, 4})),
        section_bytes(6, raw({1, 0x7e, 0, 0x42, 0x7f, 0x0b})),
    });
    const outcome result = decode(module);
    REQUIRE(result.accepted);
    const module_info& info = result.module;
    CHECK(to_string(info.type_of_function(0)) == "[i32 (ref null extern)] -> [f64]");
    CHECK(info.imported_functions == 1);
    CHECK(info.imports[1].kind == external_kind::table);
    CHECK(info.tables[0].type.limits == size_limits{1, 2});
    CHECK(info.globals[0].type == global_type{v128, true});
    CHECK(info.imported_globals == 1);
    CHECK(info.memories[0].is_64);
    CHECK(info.memories[0].limits == size_limits{3, 4});
    CHECK(info.globals[1].initial.bytes.size == 3);
    CHECK(module[info.globals[1].initial.bytes.offset] == std::byte{0x42});
}

TEST_CASE("equal recursive groups have one canonical type") {
    // (rec (type $a (struct (field (ref null $b)))) (type $b (array (mut i8))))
    // (rec (type $c (struct (field (ref null $d)))) (type $d (array (mut i8))))
    // (type $e (func (param (ref $c))))
    // (type $f (func (param (ref $a))))
    // (type $g (struct (field (ref null $b))))
    const bytes group_1 = raw({0x4e, 2, 0x5f, 1, 0x63, 1, 0, 0x5e, 0x78, 1});
    const bytes group_2 = raw({0x4e, 2, 0x5f, 1, 0x63, 3, 0, 0x5e, 0x78, 1});
    const bytes functions = raw({0x60, 1, 0x64, 2, 0, 0x60, 1, 0x64, 0, 0});
    const bytes alone = raw({0x5f, 1, 0x63, 1, 0});
    const outcome result = decode(module_of({section_bytes(1, raw({5}) + group_1 + group_2 + functions + alone)}));
    REQUIRE(result.accepted);
    CHECK(result.module.canonical == riser::core::vector<std::uint32_t>{0, 1, 0, 1, 4, 4, 6});
    CHECK(std::ranges::equal(result.module.types[2].fields, result.module.types[0].fields));
    CHECK(result.module.types[3].group_begin == 2);
    CHECK(to_string(result.module.types[4].function) == "[(ref 0)] -> []");
}

TEST_CASE("what the decoder refuses it says with numbers") {
    const auto refusal = [](std::initializer_list<bytes> sections) { return decode(module_of(sections)).message(); };
    CHECK(refusal({one_function_type(), one_function()}) ==
          "function and code section have inconsistent lengths: 1 functions, 0 bodies");
    CHECK(refusal({section_bytes(12, raw({2})), section_bytes(11, raw({0}))}) ==
          "data count and data section have inconsistent lengths: 2 segments stated, 0 there");
    CHECK(refusal({section_bytes(1, raw({0, 0, 0}))}) == "section size mismatch: 2 bytes are left");
    CHECK(refusal({one_function_type(), one_function_type()}) ==
          "unexpected content after last section: section 1 is out of order, or there twice");
    CHECK(refusal({section_bytes(14, {})}) == "malformed section id 14");
    CHECK(refusal({section_bytes(2, raw({1, 0, 0, 9, 0}))}) == "malformed import kind 9");
    CHECK(refusal({section_bytes(7, raw({1, 0, 9, 0}))}) == "malformed export kind 9");
    CHECK(refusal({section_bytes(7, raw({1, 0, 2, 3}))}) == "unknown memory 3: the module has 0 of them so far");
}

TEST_CASE("a declared subtype must match its supertype") {
    const auto types = [](const bytes& sub) {
        // (type $a (sub (struct (field i32)))) and one below it
        return module_of({section_bytes(1, raw({2, 0x50, 0, 0x5f, 1, 0x7f, 0}) + sub)});
    };
    SUBCASE("one more field") { // (type (sub $a (struct (field i32 i64))))
        const outcome result = decode(types(raw({0x50, 1, 0, 0x5f, 2, 0x7f, 0, 0x7e, 0})));
        REQUIRE(result.accepted);
        CHECK(result.module.types[1].depth == 1);
        CHECK(is_subtype(result.module, heap_type::concrete(1), heap_type::concrete(0)));
        CHECK_FALSE(is_subtype(result.module, heap_type::concrete(0), heap_type::concrete(1)));
        CHECK(is_subtype(result.module, heap_type::none, heap_type::concrete(1)));
        CHECK(is_subtype(result.module, heap_type::concrete(1), heap_type::eq));
        CHECK_FALSE(is_subtype(result.module, heap_type::concrete(1), heap_type::func));
    }
    SUBCASE("another field type") { // (type (sub $a (struct (field i64))))
        CHECK(decode(types(raw({0x50, 1, 0, 0x5f, 1, 0x7e, 0}))).message().starts_with("sub type"));
    }
    SUBCASE("itself") { // (type $b (sub $b (struct (field i32))))
        CHECK(decode(types(raw({0x50, 1, 1, 0x5f, 1, 0x7f, 0}))).message().starts_with("unknown type 1"));
    }
}

TEST_CASE("supertypes are at most 63 above one another") {
    // (type (sub (func))) (type (sub 0 (func))) (type (sub 1 (func))) …
    const auto chain = [](unsigned types) {
        bytes contents = leb(types) + raw({0x50, 0, 0x60, 0, 0});
        for (unsigned i = 1; i < types; ++i) {
            contents = contents + raw({0x50, 1, i - 1, 0x60, 0, 0});
        }
        return module_of({section_bytes(1, contents)});
    };
    CHECK(decode(chain(64)).accepted);
    const outcome result = decode(chain(65));
    REQUIRE_FALSE(result.accepted);
    CHECK(result.errors.first().kind == diagnostic_kind::limit);
}

TEST_CASE("from a type to any above it there are few steps, and to none that is not") {
    // (type (struct)), then two chains of 64 whose types take turns: (type (sub (func))), (type (sub (func (param i32))))
    bytes contents = leb(1 + 2 * 64) + raw({0x5f, 0}) + raw({0x50, 0, 0x60, 0, 0}) + raw({0x50, 0, 0x60, 1, 0x7f, 0});
    for (unsigned i = 1; i < 64; ++i) {
        contents = contents + raw({0x50, 1}) + leb(2 * i - 1) + raw({0x60, 0, 0});
        contents = contents + raw({0x50, 1}) + leb(2 * i) + raw({0x60, 1, 0x7f, 0});
    }
    const outcome result = decode(module_of({section_bytes(1, contents)}));
    REQUIRE(result.accepted);
    const auto& types = result.module.types;
    const auto steps = [&](std::uint32_t from, std::uint32_t depth) {
        unsigned count = 0;
        for (; types[from].depth > depth; ++count) {
            const std::uint32_t shortcut = types[from].shortcut;
            from = types[shortcut].depth < depth ? types[from].supertype.value_or(0) : shortcut;
        }
        CHECK(above_at(result.module, from, depth) == from);
        return count;
    };
    for (std::uint32_t a = 1; a < types.size(); ++a) {
        for (std::uint32_t b = 1; b < types.size(); ++b) {
            const bool is_below = a >= b && (a - b) % 2 == 0;
            CHECK(is_subtype(result.module, heap_type::concrete(a), heap_type::concrete(b)) == is_below);
            CHECK(steps(a, types[b].depth) <= 13);
        }
    }
}

TEST_CASE("counts are compared with the bytes that are left before memory is taken") {
    // A vector of 0x7fffffff items in an otherwise empty section, for each section that begins with a count.
    for (const unsigned id : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 9U, 10U, 11U, 13U}) {
        CAPTURE(id);
        const outcome result = decode(module_of({section_bytes(id, leb(0x7fffffff))}));
        CHECK(result.message().starts_with("unexpected end"));
        CHECK(result.errors.first().offset == 10);
    }
}

TEST_CASE("limits of the JavaScript interface hold") {
    SUBCASE("memories") { // (memory 0) 101 times
        bytes memories = leb(101);
        for (int i = 0; i < 101; ++i) {
            memories = memories + raw({0, 0});
        }
        const outcome result = decode(module_of({section_bytes(5, memories)}));
        REQUIRE_FALSE(result.accepted);
        CHECK(result.errors.first().kind == diagnostic_kind::limit);
    }
    SUBCASE("parameters") { // (type (func (param i32 …))), 1000 and 1001 of them
        const auto module = [](std::size_t parameters) {
            return module_of(
                {section_bytes(1, raw({1, 0x60}) + leb(parameters) + bytes(parameters, std::byte{0x7f}) + raw({0}))});
        };
        CHECK(decode(module(1000)).accepted);
        CHECK(decode(module(1001)).message().starts_with("too many parameters"));
    }
}

TEST_CASE("an error tells where it is") {
    // (type (func)) (func (type 1))
    const outcome result = decode(module_of({one_function_type(), section_bytes(3, raw({1, 1}))}));
    REQUIRE_FALSE(result.accepted);
    CHECK(result.errors.first().kind == diagnostic_kind::invalid);
    CHECK(result.message().starts_with("unknown type 1"));
    CHECK(result.errors.first().offset == 17);
}

TEST_CASE("functions may be named by ref.func where they occur outside of bodies") {
    // (type (func)) (func) (func) (func) (func) (func)
    // (table 1 funcref (ref.func 1)) (global funcref (ref.func 2)) (export "" (func 3)) (elem declare func 4)
    const bytes module = module_of({
        one_function_type(),
        section_bytes(3, raw({5, 0, 0, 0, 0, 0})),
        section_bytes(4, raw({1, 0x40, 0, 0x70, 0, 1, 0xd2, 1, 0x0b})),
        section_bytes(6, raw({1, 0x70, 0, 0xd2, 2, 0x0b})),
        section_bytes(7, raw({1, 0, 0, 3})),
        section_bytes(9, raw({1, 3, 0, 1, 4})),
        section_bytes(10, raw({5, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b})),
    });
    const outcome result = decode(module);
    REQUIRE(result.accepted);
    CHECK(result.module.declared_functions == riser::core::vector<bool>{false, true, true, true, true});
}

TEST_CASE("element segments have eight forms") {
    // (table 10 funcref) (func) and one segment with one element in each form
    const auto segment = [](const bytes& contents) {
        return decode(module_of({one_function_type(), one_function(), section_bytes(4, raw({1, 0x70, 0, 10})),
                                 section_bytes(9, raw({1}) + contents), one_empty_body()}));
    };
    const bytes offset = raw({0x41, 7, 0x0b});
    const bytes function = raw({1, 0});
    const bytes expression = raw({1, 0xd2, 0, 0x0b});
    const bytes kind = raw({0});
    const bytes type = raw({0x70});
    const struct {
        bytes contents;
        segment_mode mode;
        bool uses_expressions;
        value_type type;
    } forms[] = {
        {raw({0}) + offset + function, segment_mode::active, false, funcref.non_null()},
        {raw({1}) + kind + function, segment_mode::passive, false, funcref.non_null()},
        {raw({2, 0}) + offset + kind + function, segment_mode::active, false, funcref.non_null()},
        {raw({3}) + kind + function, segment_mode::declarative, false, funcref.non_null()},
        {raw({4}) + offset + expression, segment_mode::active, true, funcref},
        {raw({5}) + type + expression, segment_mode::passive, true, funcref},
        {raw({6, 0}) + offset + type + expression, segment_mode::active, true, funcref},
        {raw({7}) + type + expression, segment_mode::declarative, true, funcref},
    };
    for (const auto& form : forms) {
        CAPTURE(static_cast<unsigned>(form.contents[0]));
        const outcome result = segment(form.contents);
        CHECK(result.message() == "");
        REQUIRE(result.accepted);
        const element_segment& found = result.module.elements[0];
        CHECK(found.mode == form.mode);
        CHECK(found.uses_expressions == form.uses_expressions);
        CHECK(found.type == form.type);
        CHECK(found.size() == 1);
    }
    CHECK(segment(raw({8})).message().starts_with("malformed elements segment kind"));
}

TEST_CASE("names come from the name section") {
    // (module $m (type (func)) (func $f) (func) (func $h))
    const auto module = [](const bytes& names) {
        return module_of({one_function_type(), section_bytes(3, raw({3, 0, 0, 0})),
                          section_bytes(10, raw({3, 2, 0, 0x0b, 2, 0, 0x0b, 2, 0, 0x0b})),
                          section_bytes(0, text("name") + names)});
    };
    const bytes module_name = section_bytes(0, text("m"));
    SUBCASE("views into the bytes") {
        const bytes input = module(module_name + section_bytes(1, raw({2, 0}) + text("f") + raw({2}) + text("h")));
        const outcome result = decode(input);
        REQUIRE(result.accepted);
        CHECK(result.module.name == "m");
        CHECK(result.module.function_names == riser::core::vector<std::string_view>{"f", "", "h"});
        CHECK(static_cast<const void*>(result.module.name.data()) > input.data());
    }
    SUBCASE("an ill-formed one is ignored, and the module stays valid") {
        const outcome result = decode(module(module_name + section_bytes(1, raw({2, 0, 1, 0xff}))));
        REQUIRE(result.accepted);
        CHECK(result.module.name.empty());
        CHECK(result.module.function_names.empty());
        CHECK(result.module.custom_sections.size() == 1);
    }
}

TEST_CASE("custom sections may be anywhere") {
    // Before, between and after the others, and twice.
    const bytes custom = section_bytes(0, text("x") + raw({1, 2, 3}));
    const bytes input = module_of({custom, one_function_type(), custom, one_function(), one_empty_body(), custom});
    const outcome result = decode(input);
    REQUIRE(result.accepted);
    REQUIRE(result.module.custom_sections.size() == 3);
    CHECK(result.module.custom_sections[2].name == "x");
    CHECK(result.module.custom_sections[2].bytes.size == 3);
    CHECK(result.module.custom_sections[2].bytes.offset == input.size() - 3);
}

TEST_CASE("several tables or memories can be refused") {
    // (table 0 funcref) (table 0 funcref), then (memory 0) (memory 0)
    const bytes tables = module_of({section_bytes(4, raw({2, 0x70, 0, 0, 0x70, 0, 0}))});
    const bytes memories = module_of({section_bytes(5, raw({2, 0, 0, 0, 0}))});
    decode_options options;
    options.multiple_tables = false;
    options.multiple_memories = false;
    CHECK(decode(tables).accepted);
    CHECK(decode(memories).accepted);
    CHECK(decode(tables, options).message() == "multiple tables");
    CHECK(decode(memories, options).message() == "multiple memories");
}

TEST_CASE("no prefix of a module and no changed byte of it does harm") {
    // (type (func (param i32) (result i32))) (import "m" "f" (func (type 0))) (func (type 0) local.get 0) (table 2 funcref)
    // (memory 1) (global i32 (i32.const 1)) (export "e" (func 1)) (elem (i32.const 0) func 0 1) (data (i32.const 0) "x")
    const bytes module = module_of({
        section_bytes(1, raw({1, 0x60, 1, 0x7f, 1, 0x7f})),
        section_bytes(2, raw({1}) + text("m") + text("f") + raw({0, 0})),
        section_bytes(3, raw({1, 0})),
        section_bytes(4, raw({1, 0x70, 0, 2})),
        section_bytes(5, raw({1, 0, 1})),
        section_bytes(6, raw({1, 0x7f, 0, 0x41, 1, 0x0b})),
        section_bytes(7, raw({1}) + text("e") + raw({0, 1})),
        section_bytes(9, raw({1, 0, 0x41, 0, 0x0b, 2, 0, 1})),
        section_bytes(12, raw({1})),
        section_bytes(10, raw({1, 4, 0, 0x20, 0, 0x0b})),
        section_bytes(11, raw({1, 0, 0x41, 0, 0x0b}) + text("x")),
        section_bytes(0, text("name") + section_bytes(1, raw({1, 1}) + text("g"))),
    });
    REQUIRE(decode(module).accepted);
    for (std::size_t size = 0; size < module.size(); ++size) {
        decode(bytes(module.begin(), module.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    for (std::size_t at = 0; at < module.size(); ++at) {
        for (unsigned value = 0; value < 256; ++value) {
            bytes changed = module;
            changed[at] = static_cast<std::byte>(value);
            decode(changed);
        }
    }
}
