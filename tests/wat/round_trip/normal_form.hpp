#pragma once

#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/module/sections.hpp"
#include "riser/core/wasm/opcode.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a module says, whatever its encoding: the binary format with every number at its shortest, without what the text
// format does not have. It shares nothing with the printer or the parser but the table of instructions.

namespace test {

/// A part of a module in normal form, and what it is.
struct module_part {
    std::string title;
    std::string content;
    friend bool operator==(const module_part&, const module_part&) = default;
};

/// Ends early, with `ok()` false, where the bytes are malformed.
class normal_form {
public:
    explicit normal_form(std::span<const std::byte> bytes) : bytes_(bytes), reader_(bytes, diagnostics_) { run(); }

    [[nodiscard]] bool ok() const noexcept { return diagnostics_.ok(); }
    [[nodiscard]] const std::vector<module_part>& parts() const noexcept { return parts_; }

private:
    using byte_reader = riser::core::wasm::byte_reader;
    using section_id = riser::core::wasm::section_id;
    using opcode = riser::core::wasm::opcode;
    using kind = riser::core::wasm::immediate_kind;

    void run() {
        riser::core::wasm::section_sequence sections(reader_);
        sections.read_header();
        while (reader_.ok() && !reader_.at_end()) {
            riser::core::wasm::section next = sections.next();
            in_ = next.contents;
            if (next.id == section_id::custom) {
                custom_section();
            } else if (next.id == section_id::start) {
                begin("start");
                last_ = static_cast<unsigned>(next.id);
                number();
                end();
            } else if (next.id != section_id::data_count) { // the text does not say whether there was one
                items(next.id);
            }
        }
    }

    // Output

    void begin(std::string title) { parts_.push_back({std::move(title), {}}); }
    void end() {
        if (!in_.ok()) {
            parts_.pop_back();
        }
    }
    void put(std::uint8_t byte) { parts_.back().content += static_cast<char>(byte); }
    void put_unsigned(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) {
            put(static_cast<std::uint8_t>(value | 0x80U));
        }
        put(static_cast<std::uint8_t>(value));
    }
    void put_signed(std::int64_t value) {
        for (; value < -64 || value > 63; value >>= 7) {
            put(static_cast<std::uint8_t>(value & 0x7f) | 0x80U);
        }
        put(static_cast<std::uint8_t>(value & 0x7f));
    }

    // What is copied

    std::uint8_t byte() {
        const std::uint8_t value = in_.read_u8();
        put(value);
        return value;
    }
    std::uint64_t number() {
        const std::uint64_t value = in_.read_u64_leb();
        put_unsigned(value);
        return value;
    }
    void numbers(int count) {
        for (; count > 0; --count) {
            number();
        }
    }
    void raw(std::size_t size) {
        const auto bytes = in_.read_bytes(size);
        parts_.back().content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    void bytes() { raw(number()); }
    template <class Each>
    void vector(Each each) {
        for (std::uint64_t count = number(); count != 0 && in_.ok(); --count) {
            each();
        }
    }

    // Sections

    void custom_section() {
        const std::string name(in_.read_name());
        if (name == "name" ||
            name == "metadata.code.branch_hint") { // what is about indices and offsets is compared as text
            return;
        }
        begin("custom section " + name + " after section " + std::to_string(last_));
        raw(in_.remaining());
    }

    void items(section_id id) {
        static constexpr const char* titles[] = {"",       "type",         "import", "function", "table",
                                                 "memory", "global",       "export", "",         "element segment",
                                                 "body",   "data segment", "",       "tag"};
        const std::uint32_t count = in_.read_u32_leb();
        last_ = count != 0 ? static_cast<unsigned>(id) : last_;
        for (std::uint32_t i = 0; i < count && in_.ok(); ++i) {
            begin(std::string(titles[static_cast<std::size_t>(id)]) + ' ' + std::to_string(i));
            item(id);
            end();
        }
    }

    void item(section_id id) {
        switch (id) {
        case section_id::type: group(); break;
        case section_id::import: bytes(), bytes(), external(byte()); break;
        case section_id::function: number(); break;
        case section_id::table: table(); break;
        case section_id::memory: limits(); break;
        case section_id::global: value_type(), byte(), expression(); break;
        case section_id::exports: bytes(), byte(), number(); break;
        case section_id::element: element(); break;
        case section_id::code: body(); break;
        case section_id::data: data(); break;
        default: byte(), number(); break;
        }
    }

    /// A group of one is written without it.
    void group() {
        if (in_.peek() != 0x4e) {
            put_unsigned(1);
            definition();
            return;
        }
        in_.skip(1);
        vector([&] { definition(); });
    }

    void definition() {
        std::uint8_t code = in_.read_u8();
        if (code == 0x50 || code == 0x4f) {
            put(code);
            vector([&] { number(); });
            code = in_.read_u8();
        } else {
            put(0x4f); // final, without supertypes
            put_unsigned(0);
        }
        put(code);
        switch (code) {
        case 0x60:
            vector([&] { value_type(); });
            vector([&] { value_type(); });
            break;
        case 0x5f: vector([&] { value_type(), byte(); }); break;
        default: value_type(), byte(); break;
        }
    }

    /// (ref null func) has a shorter code.
    void value_type() {
        const std::uint8_t code = in_.read_u8();
        if (code == 0x63 && in_.peek() >= 0x40 && in_.peek() < 0x80) {
            byte();
            return;
        }
        put(code);
        if (code == 0x63 || code == 0x64) {
            signed_number();
        }
    }
    void signed_number() { put_signed(in_.read_s64_leb()); }

    void limits() {
        const std::uint8_t flags = byte();
        numbers((flags & 1U) != 0 ? 2 : 1);
        if ((flags & 8U) != 0) {
            number(); // page size
        }
    }

    void external(std::uint8_t which) {
        switch (which) {
        case 0: number(); break;
        case 1: value_type(), limits(); break;
        case 2: limits(); break;
        case 3: value_type(), byte(); break;
        default: byte(), number(); break;
        }
    }

    void table() {
        const bool has_initialiser = in_.peek() == 0x40;
        put(has_initialiser ? 1 : 0);
        if (has_initialiser) {
            in_.skip(2);
        }
        value_type();
        limits();
        if (has_initialiser) {
            expression();
        }
    }

    void element() {
        const std::uint32_t flags = in_.read_u32_leb();
        put(static_cast<std::uint8_t>(flags & 1U) != 0 ? static_cast<std::uint8_t>(flags & 3U) : std::uint8_t{0});
        if ((flags & 1U) == 0) {
            (flags & 2U) != 0 ? static_cast<void>(number()) : put_unsigned(0);
            expression();
        }
        put(static_cast<std::uint8_t>(flags & 4U));
        if ((flags & 4U) == 0) {
            if ((flags & 3U) != 0) {
                in_.skip(1);
            }
            vector([&] { number(); });
            return;
        }
        (flags & 3U) != 0 ? value_type() : put(0x70);
        vector([&] { expression(); });
    }

    void data() {
        const std::uint32_t flags = in_.read_u32_leb();
        put(static_cast<std::uint8_t>(flags & 1U));
        if (flags != 1) {
            flags == 2 ? static_cast<void>(number()) : put_unsigned(0);
            expression();
        }
        bytes();
    }

    // Functions

    void body() {
        const std::uint32_t size = in_.read_u32_leb();
        byte_reader section = in_;
        in_ = section.take(size);
        locals();
        expression();
        if (in_.ok() && !in_.at_end()) {
            in_.malformed("section size mismatch");
        }
        in_ = section;
    }

    /// Groups of one type are one; those of none are no group.
    void locals() {
        std::string type;
        std::uint64_t run = 0;
        const auto finish = [&] {
            put_unsigned(run);
            parts_.back().content += type;
        };
        for (std::uint32_t groups = in_.read_u32_leb(); groups != 0 && in_.ok(); --groups) {
            const std::uint32_t count = in_.read_u32_leb();
            std::string& content = parts_.back().content;
            const std::size_t before = content.size();
            value_type();
            std::string next = content.substr(before);
            content.resize(before);
            if (count == 0) {
                continue;
            }
            if (next != type) {
                finish();
                run = 0;
                type = std::move(next);
            }
            run += count;
        }
        finish();
    }

    void expression() {
        for (std::size_t depth = 1; depth != 0 && in_.ok();) {
            const std::uint8_t first = byte();
            const bool has_prefix = riser::core::wasm::is_opcode_prefix(first);
            const std::uint64_t code = has_prefix ? number() : first;
            const opcode op = riser::core::wasm::decode_opcode(has_prefix ? first : std::uint8_t{0},
                                                               static_cast<std::uint32_t>(code));
            if (op == riser::core::wasm::no_opcode) {
                in_.malformed("illegal opcode");
                return;
            }
            const kind what = riser::core::wasm::info(op).immediate;
            depth += what == kind::block || what == kind::try_table ? 1 : 0;
            depth -= op == opcode::end || op == opcode::delegate ? 1 : 0;
            immediates(what);
        }
    }

    void immediates(kind what) {
        switch (what) {
        case kind::none: break;
        case kind::block: block_type(); break;
        case kind::try_table: block_type(), vector([&] { catch_clause(); }); break;
        case kind::label_table: vector([&] { number(); }), number(); break;
        case kind::label_cast: byte(), number(), signed_number(), signed_number(); break;
        case kind::select_types: vector([&] { value_type(); }); break;
        case kind::label:
        case kind::function:
        case kind::type:
        case kind::tag:
        case kind::local:
        case kind::global:
        case kind::table:
        case kind::element:
        case kind::memory:
        case kind::data: number(); break;
        case kind::type_table:
        case kind::type_field:
        case kind::type_length:
        case kind::type_type:
        case kind::type_data:
        case kind::type_element:
        case kind::table_table:
        case kind::element_table:
        case kind::memory_memory:
        case kind::data_memory: numbers(2); break;
        case kind::memarg: memory_argument(); break;
        case kind::memarg_lane: memory_argument(), byte(); break;
        case kind::lane:
        case kind::fence: byte(); break;
        case kind::lanes:
        case kind::v128_value: raw(16); break;
        case kind::i32_value:
        case kind::i64_value:
        case kind::heap_type: signed_number(); break;
        case kind::f32_value: raw(4); break;
        case kind::f64_value: raw(8); break;
        }
    }

    void block_type() {
        const std::uint8_t code = in_.peek();
        code >= 0x40 && code < 0x80 && code != 0x40 ? value_type() : signed_number();
    }

    void catch_clause() { numbers(byte() < 2 ? 2 : 1); }

    /// Memory 0 need not be named.
    void memory_argument() {
        const std::uint32_t flags = in_.read_u32_leb();
        put(static_cast<std::uint8_t>(flags & 0x3fU));
        (flags & 0x40U) != 0 ? static_cast<void>(number()) : put_unsigned(0);
        number();
    }

    std::span<const std::byte> bytes_;
    riser::core::wasm::diagnostics diagnostics_;
    byte_reader reader_;
    byte_reader in_ = reader_; ///< a section, or a body
    std::vector<module_part> parts_;
    unsigned last_ = 0; ///< the last section that is neither custom nor empty
};

} // namespace test
