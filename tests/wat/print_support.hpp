#pragma once

#include "support/module_builder.hpp"

#include "riser/wat/print.hpp"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

struct section {
    std::uint8_t id;
    byte_writer contents;
};

inline byte_writer raw(std::initializer_list<std::uint8_t> values) { return std::move(byte_writer().put(values)); }

inline section custom(std::string_view name, const byte_writer& contents) {
    return {0, std::move(byte_writer().name(name).put(contents))};
}

inline std::vector<std::byte> module_of(std::initializer_list<section> sections) {
    byte_writer all;
    all.put({0, 0x61, 0x73, 0x6d, 1, 0, 0, 0});
    for (const section& each : sections) {
        all.put({each.id}).unsigned_number(each.contents.bytes.size()).put(each.contents);
    }
    return all.bytes;
}

/// A code section with one body.
inline section code(const byte_writer& body) {
    return {10, std::move(byte_writer().put({1}).unsigned_number(body.bytes.size()).put(body))};
}

/// A module with one function without parameters, and the custom sections given behind it.
inline std::vector<std::byte> function_module(const byte_writer& instructions, const byte_writer& names = {}) {
    byte_writer body;
    body.put({0}).put(instructions).put({0x0b});
    if (names.bytes.empty()) {
        return module_of({{1, raw({1, 0x60, 0, 0})}, {3, raw({1, 0})}, code(body)});
    }
    return module_of({{1, raw({1, 0x60, 0, 0})}, {3, raw({1, 0})}, code(body), custom("name", names)});
}

/// Lines of text between those that begin and end a module.
inline std::string fields(const std::vector<std::byte>& module, const riser::wat::print_options& options = {}) {
    const std::string text = riser::wat::print(module, options);
    const std::string_view first = "(module\n";
    const std::string_view last = ")\n";
    return text.substr(0, first.size()) == first ? text.substr(first.size(), text.size() - first.size() - last.size())
                                                 : text;
}

/// Instructions as they are printed in a function, one on each line, without the indentation that all have.
inline std::string instructions(const byte_writer& body, const byte_writer& names = {}) {
    const std::string text = fields(function_module(body, names));
    std::string lines;
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
        if (text.substr(begin, 4) == "    ") {
            lines += text.substr(begin + 4, end + 1 - begin - 4);
        }
    }
    return lines;
}

inline riser::compile_error refusal(const std::vector<std::byte>& module,
                                    const riser::wat::print_options& options = {}) {
    const auto text = riser::wat::try_print(module, options);
    return text ? riser::compile_error(riser::compile_error::reason::malformed, "was printed", 0, {})
                : text.error().as<riser::compile_error>().value();
}

} // namespace test
