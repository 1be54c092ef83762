#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/function/function_parser.hpp"
#include "riser/core/wasm/function/sink.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/read_types.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::core::wasm {

/// What a module may use beyond WebAssembly 1.0 that changes whether a module is valid. Everything, by default.
struct decode_options {
    bool multiple_tables = true;   ///< reference types (2.0)
    bool multiple_memories = true; ///< multi-memory (3.0)
};

/// Marks what occurs outside of function bodies and may thus be named by ref.func in them (3.5.13, C.refs). That is all
/// in sections behind those with functions, before which the decoder has made room.
inline void declare_function(module_info& module, std::uint32_t function) {
    module.declared_functions[function] = true;
}

/// Takes note of the functions that constant expressions refer to.
struct declaring_sink : null_sink {
    explicit declaring_sink(module_info& module) noexcept : module_(&module) {}
    void ref_func(std::uint32_t function) { declare_function(*module_, function); }

private:
    module_info* module_;
};

/// What the readers of sections share.
struct decode_context {
    decode_context(std::span<const std::byte> module_bytes, module_info& out, const decode_options& given,
                   diagnostics& diagnostics) noexcept
        : bytes(module_bytes), module(out), options(given), sink(out),
          expressions(out, module_bytes, diagnostics, *out.memory) {}

    std::span<const std::byte> bytes; ///< the whole module
    module_info& module;
    const decode_options& options;
    declaring_sink sink;
    function_parser<declaring_sink> expressions;
};

/// Reads and validates a constant expression (3.4.13), which ends with its own `end`. It may read all globals so far:
/// sections before the one of globals see the imported ones (3.5.13).
[[nodiscard]] inline constant_expression read_constant_expression(byte_reader& reader, decode_context& context,
                                                                  value_type expected) {
    const std::uint32_t offset = reader.offset();
    const auto globals = static_cast<std::uint32_t>(context.module.globals.size());
    static_cast<void>(context.expressions.parse_constant_expression(reader, expected, globals, context.sink));
    return {{offset, reader.offset() - offset}};
}

/// Adds an item to a table of the module, or fails where there is no memory for it.
template <class T>
void keep(byte_reader& reader, vector<T>& items, T item) {
    reader.require_memory(items.try_push_back(std::move(item)));
}

/// The name of an import or export.
[[nodiscard, gnu::cold]] inline std::string_view read_limited_name(byte_reader& reader) {
    const std::uint32_t offset = reader.offset();
    const std::string_view name = reader.read_name();
    if (name.size() > limits::name_size) [[unlikely]] {
        reader.fail(diagnostic_kind::limit, offset, {"name too long: at most ", limits::name_size, " bytes"});
    }
    return name;
}

/// An index into an index space of `size` (5.5.1). \returns 0 on errors.
[[nodiscard, gnu::cold]] inline std::uint32_t read_index(byte_reader& reader, const char* what, std::size_t size) {
    const std::uint32_t offset = reader.offset();
    const std::uint32_t index = reader.read_u32_leb();
    if (index >= size) [[unlikely]] {
        reader.invalid_at(offset, {"unknown ", what, " ", index, ": the module has ", size, " of them so far"});
        return 0;
    }
    return index;
}

/// The index of a function type. \returns its canonical index; 0 on errors.
[[nodiscard, gnu::cold]] inline std::uint32_t read_function_type_index(byte_reader& reader, const module_info& module) {
    const std::uint32_t offset = reader.offset();
    const std::uint32_t type = read_type_index(reader, module);
    if (reader.ok() && module.types[type].what != defined_type::form::function) [[unlikely]] {
        reader.invalid_at(offset, {"type mismatch: type ", type, " is not a function type"});
    }
    return type;
}

} // namespace riser::inline v0_1::core::wasm
