#pragma once

/// Writes modules in the binary format (Core specification 5), for tests that need hundreds of them.

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace test {

inline constexpr std::uint8_t i32 = 0x7f;
inline constexpr std::uint8_t i64 = 0x7e;
inline constexpr std::uint8_t f32 = 0x7d;
inline constexpr std::uint8_t f64 = 0x7c;

/// Bytes with the encodings of numbers.
class byte_writer {
public:
    std::vector<std::byte> bytes;

    byte_writer& put(std::initializer_list<std::uint8_t> values) {
        for (const std::uint8_t value : values) {
            bytes.push_back(static_cast<std::byte>(value));
        }
        return *this;
    }
    byte_writer& put(const byte_writer& other) {
        bytes.insert(bytes.end(), other.bytes.begin(), other.bytes.end());
        return *this;
    }
    byte_writer& unsigned_number(std::uint64_t value) {
        for (; value > 0x7f; value >>= 7U) {
            put({static_cast<std::uint8_t>(value | 0x80U)});
        }
        return put({static_cast<std::uint8_t>(value)});
    }
    byte_writer& signed_number(std::int64_t value) {
        for (; value < -0x40 || value > 0x3f; value >>= 7) {
            put({static_cast<std::uint8_t>((value & 0x7f) | 0x80)});
        }
        return put({static_cast<std::uint8_t>(value & 0x7f)});
    }
    byte_writer& name(std::string_view text) {
        unsigned_number(text.size());
        for (const char letter : text) {
            put({static_cast<std::uint8_t>(letter)});
        }
        return *this;
    }
};

/// Instructions without the final `end`.
class expression : public byte_writer {
public:
    expression& op(std::initializer_list<std::uint8_t> values) {
        put(values);
        return *this;
    }
    expression& op(std::uint8_t code, std::uint64_t index) {
        put({code}).unsigned_number(index);
        return *this;
    }
    expression& get(std::uint32_t local) { return op(0x20, local); }
    expression& set(std::uint32_t local) { return op(0x21, local); }
    expression& tee(std::uint32_t local) { return op(0x22, local); }
    expression& call(std::uint32_t function) { return op(0x10, function); }
    expression& constant_32(std::uint32_t value) {
        put({0x41}).signed_number(static_cast<std::int32_t>(value));
        return *this;
    }
    expression& constant_64(std::uint64_t value) {
        put({0x42}).signed_number(static_cast<std::int64_t>(value));
        return *this;
    }
    /// Of any number type, by its bits.
    expression& constant(std::uint8_t type, std::uint64_t bits) {
        if (type == i32 || type == i64) {
            return type == i32 ? constant_32(static_cast<std::uint32_t>(bits)) : constant_64(bits);
        }
        put({type == f32 ? std::uint8_t{0x43} : std::uint8_t{0x44}});
        for (std::uint32_t i = 0; i < (type == f32 ? 4U : 8U); ++i) {
            put({static_cast<std::uint8_t>(bits >> 8 * i)});
        }
        return *this;
    }
};

class module_builder {
public:
    std::uint32_t type(std::initializer_list<std::uint8_t> parameters, std::initializer_list<std::uint8_t> results) {
        types_.put({0x60}).unsigned_number(parameters.size()).put(parameters);
        types_.unsigned_number(results.size()).put(results);
        return type_count_++;
    }

    /// \param flags those of the binary format
    /// \param max where they say that there is one, less than 128
    void import_memory(std::string_view module, std::string_view name, std::uint8_t flags,
                       std::optional<std::uint8_t> page_size_log2 = std::nullopt,
                       std::optional<std::uint8_t> max = std::nullopt) {
        imports_.name(module).name(name).put({2, flags, 0});
        if (max) {
            imports_.put({*max});
        }
        if (page_size_log2) {
            imports_.put({*page_size_log2});
        }
        ++import_count_;
    }

    /// \param name exported
    void memory(std::uint64_t min, std::uint64_t max, std::string_view name) {
        exports_.name(name).put({2}).unsigned_number(memory_count_++);
        ++export_count_;
        memories_.put({1}).unsigned_number(min).unsigned_number(max);
    }

    void mutable_global(std::uint8_t type) {
        globals_.put({type, 1, type == i64 ? std::uint8_t{0x42} : std::uint8_t{0x41}, 0, 0x0b});
        ++global_count_;
    }

    /// \param name exported if it is not empty
    std::uint32_t function(std::uint32_t type, std::initializer_list<std::uint8_t> locals, const expression& body,
                           std::string_view name = {}) {
        const std::uint32_t index = function_count_++;
        functions_.unsigned_number(type);
        byte_writer code;
        code.unsigned_number(locals.size());
        for (const std::uint8_t local : locals) {
            code.put({1, local});
        }
        code.put(body).put({0x0b});
        bodies_.unsigned_number(code.bytes.size()).put(code);
        if (!name.empty()) {
            exports_.name(name).put({0}).unsigned_number(index);
            ++export_count_;
        }
        return index;
    }

    [[nodiscard]] std::vector<std::byte> bytes() const {
        byte_writer all;
        all.put({0, 0x61, 0x73, 0x6d, 1, 0, 0, 0});
        section(all, 1, type_count_, types_);
        section(all, 2, import_count_, imports_);
        section(all, 3, function_count_, functions_);
        section(all, 5, memory_count_, memories_);
        section(all, 6, global_count_, globals_);
        section(all, 7, export_count_, exports_);
        section(all, 10, function_count_, bodies_);
        return std::move(all.bytes);
    }

private:
    static void section(byte_writer& to, std::uint8_t id, std::uint32_t count, const byte_writer& items) {
        if (count != 0) {
            byte_writer content;
            content.unsigned_number(count).put(items);
            to.put({id}).unsigned_number(content.bytes.size()).put(content);
        }
    }

    byte_writer types_, imports_, functions_, memories_, globals_, exports_, bodies_;
    std::uint32_t type_count_ = 0;
    std::uint32_t import_count_ = 0;
    std::uint32_t function_count_ = 0;
    std::uint32_t memory_count_ = 0;
    std::uint32_t global_count_ = 0;
    std::uint32_t export_count_ = 0;
};

} // namespace test
