#pragma once

#include "riser/config.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/limits.hpp"

#include <cstdint>
#include <optional>

// Types wherever they occur in a module (5.3). Indices of defined types leave here canonical and in range.

namespace riser::inline v0_1::core::wasm {

/// A type index (5.5.1), which must exist. \returns its canonical index; 0 on errors.
[[nodiscard, gnu::cold]] inline std::uint32_t canonical_type(byte_reader& reader, const module_info& module,
                                                             std::uint64_t index, std::uint32_t offset) {
    if (index >= module.canonical.size()) [[unlikely]] {
        reader.invalid_at(offset, {"unknown type ", index});
        return 0;
    }
    return module.canonical[core::cast<std::size_t>(index)];
}

[[nodiscard]] inline std::uint32_t read_type_index(byte_reader& reader, const module_info& module) {
    const std::uint32_t offset = reader.offset();
    const std::uint32_t index = reader.read_u32_leb();
    return reader.ok() ? canonical_type(reader, module, index, offset) : 0;
}

/// The abstract heap type of a one-byte code (5.3.3).
[[nodiscard]] constexpr std::optional<heap_type> abstract_heap_type(std::uint8_t code) noexcept {
    switch (code) {
    case 0x74: return heap_type::noexn;
    case 0x73: return heap_type::nofunc;
    case 0x72: return heap_type::noextern;
    case 0x71: return heap_type::none;
    case 0x70: return heap_type::func;
    case 0x6f: return heap_type::extern_;
    case 0x6e: return heap_type::any;
    case 0x6d: return heap_type::eq;
    case 0x6c: return heap_type::i31;
    case 0x6b: return heap_type::struct_;
    case 0x6a: return heap_type::array;
    case 0x69: return heap_type::exn;
    default: return std::nullopt;
    }
}

/// A heap type (5.3.3). \returns bottom on errors.
[[nodiscard, gnu::noinline, gnu::cold]] inline heap_type read_heap_type(byte_reader& reader,
                                                                        const module_info& module) {
    const std::uint32_t offset = reader.offset();
    if (const auto abstract = abstract_heap_type(reader.peek())) {
        reader.skip(1);
        return *abstract;
    }
    const std::int64_t index = reader.read_s33_leb();
    if (index < 0) [[unlikely]] {
        reader.malformed_at(offset, "malformed heap type");
    }
    if (!reader.ok()) [[unlikely]] {
        return heap_type::bottom;
    }
    return heap_type::concrete(canonical_type(reader, module, static_cast<std::uint64_t>(index), offset));
}

/// The number or vector type of a code (5.3.1, 5.3.2), else nothing.
[[nodiscard]] constexpr std::optional<value_type> plain_value_type(std::uint8_t code) noexcept {
    switch (code) {
    case 0x7f: return i32;
    case 0x7e: return i64;
    case 0x7d: return f32;
    case 0x7c: return f64;
    case 0x7b: return v128;
    default: return std::nullopt;
    }
}

/// A reference type (5.3.4). \returns bottom on errors.
[[nodiscard, gnu::noinline, gnu::cold]] inline value_type
read_reference_type(byte_reader& reader, const module_info& module, const char* error = "malformed reference type") {
    const std::uint32_t offset = reader.offset();
    const std::uint8_t code = reader.read_u8();
    if (code == 0x63 || code == 0x64) {
        return value_type::reference(read_heap_type(reader, module), code == 0x63);
    }
    if (const auto abstract = abstract_heap_type(code)) {
        return value_type::reference(*abstract, true);
    }
    reader.malformed_at(offset, error);
    return bottom;
}

/// A value type (5.3.5). \returns bottom on errors.
[[nodiscard]] inline value_type read_value_type(byte_reader& reader, const module_info& module) {
    if (const auto plain = plain_value_type(reader.peek())) {
        reader.skip(1);
        return *plain;
    }
    return read_reference_type(reader, module, "malformed value type");
}

/// Mutability (5.3.7, 5.3.11).
[[nodiscard, gnu::cold]] inline bool read_mutability(byte_reader& reader) {
    const std::uint8_t code = reader.read_u8();
    if (code > 1) [[unlikely]] {
        reader.malformed_at(reader.offset() - 1, "malformed mutability");
    }
    return code == 1;
}

/// A global type (5.3.11).
[[nodiscard, gnu::cold]] inline global_type read_global_type(byte_reader& reader, const module_info& module) {
    const value_type type = read_value_type(reader, module);
    return {type, read_mutability(reader)};
}

/// Bits of the byte before limits (5.3.9; threads; custom page sizes).
struct limits_flags {
    static constexpr std::uint8_t has_max = 0x01;
    static constexpr std::uint8_t shared = 0x02;
    static constexpr std::uint8_t is_64 = 0x04;
    static constexpr std::uint8_t custom_page_size = 0x08;
};

[[nodiscard, gnu::cold]] inline std::uint8_t read_limits_flags(byte_reader& reader, std::uint8_t allowed) {
    const std::uint8_t flags = reader.read_u8();
    if ((flags & ~unsigned{allowed}) != 0) [[unlikely]] {
        reader.malformed_at(reader.offset() - 1, "malformed limits flags");
    }
    return flags;
}

[[nodiscard, gnu::cold]] inline size_limits read_limits(byte_reader& reader, std::uint8_t flags) {
    size_limits result;
    result.min = reader.read_u64_leb();
    if ((flags & limits_flags::has_max) != 0) {
        result.max = reader.read_u64_leb();
    }
    return result;
}

/// Limits are in order and in range (3.2.12). \returns false and says so where they are not.
[[gnu::cold]] inline bool check_limits(byte_reader& reader, const size_limits& limits, std::uint64_t most,
                                       const char* what, const char* unit, std::uint32_t offset) {
    if (greater(limits.min, limits.max.value_or(0)) > most) {
        reader.invalid_at(offset, {what, " size must be at most ", most, unit});
    } else if (limits.max && *limits.max < limits.min) {
        reader.invalid_at(offset, "size minimum must not be greater than maximum");
    }
    return reader.ok();
}

/// A table type (5.3.13), valid (3.2.16).
[[nodiscard, gnu::cold]] inline table_type read_table_type(byte_reader& reader, const module_info& module) {
    table_type table;
    table.element = read_reference_type(reader, module);
    const std::uint32_t offset = reader.offset();
    const std::uint8_t flags = read_limits_flags(reader, limits_flags::has_max | limits_flags::is_64);
    table.is_64 = (flags & limits_flags::is_64) != 0;
    table.limits = read_limits(reader, flags);
    if (reader.ok()) {
        const std::uint64_t most = table.is_64 ? ~std::uint64_t{0} : limits::table32_elements;
        check_limits(reader, table.limits, most, "table", " elements", offset);
    }
    return table;
}

/// The largest number of pages of a memory: of 2^32 or 2^64 bytes, but no more than its addresses can count (3.2.15).
[[nodiscard]] constexpr std::uint64_t most_pages(bool is_64, unsigned page_size_log2) noexcept {
    const unsigned bits = is_64 ? 64 : 32;
    return page_size_log2 == 0 ? ~std::uint64_t{0} >> (64 - bits) : std::uint64_t{1} << (bits - page_size_log2);
}

/// A memory type (5.3.12; threads; custom page sizes), valid (3.2.15).
[[nodiscard, gnu::cold]] inline memory_type read_memory_type(byte_reader& reader) {
    memory_type memory;
    const std::uint32_t offset = reader.offset();
    const std::uint8_t flags = read_limits_flags(reader, limits_flags::has_max | limits_flags::shared |
                                                             limits_flags::is_64 | limits_flags::custom_page_size);
    memory.is_64 = (flags & limits_flags::is_64) != 0;
    memory.is_shared = (flags & limits_flags::shared) != 0;
    memory.limits = read_limits(reader, flags);
    if ((flags & limits_flags::custom_page_size) != 0) {
        const std::uint32_t page_offset = reader.offset();
        const std::uint32_t log2 = reader.read_u32_leb();
        if (log2 >= 64) {
            reader.malformed_at(page_offset, "invalid custom page size");
        } else if (log2 != 0 && log2 != 16) {
            reader.invalid_at(page_offset, "invalid custom page size: neither 1 nor 65536 bytes");
        }
        memory.page_size_log2 = static_cast<std::uint8_t>(log2);
    }
    if (!reader.ok()) {
        return memory;
    }
    const std::uint64_t most = most_pages(memory.is_64, memory.page_size_log2);
    const char* const unit = most == 65536 ? " pages (4GiB)" : " pages";
    if (check_limits(reader, memory.limits, most, "memory", unit, offset) && memory.is_shared && !memory.limits.max) {
        reader.invalid_at(offset, "shared memory must have maximum");
    }
    return memory;
}

} // namespace riser::inline v0_1::core::wasm
