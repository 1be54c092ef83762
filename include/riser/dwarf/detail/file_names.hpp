#pragma once

#include "riser/dwarf/detail/cursor.hpp"
#include "riser/dwarf/detail/sections.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace riser::inline v0_1::dwarf::detail {

/// Longer names of files and directories are taken for none.
inline constexpr std::size_t longest_name = 4096;

/// A file or directory of a line program's header.
struct file_entry {
    std::string_view name; ///< empty where there is none
    std::uint64_t directory = 0;
};

/// The names in the header of a line program. Nothing is kept: they are read again for each place that is found.
class file_names {
public:
    file_names() noexcept = default;
    file_names(const sections& all, std::span<const std::byte> tables, std::uint64_t version, std::size_t word) noexcept
        : all_(&all), tables_(tables), version_(version), word_(word) {}

    /// The path of a file by its number; empty where that has no name.
    [[nodiscard]] std::string path(std::uint64_t file) const {
        cursor tables(tables_);
        cursor again(tables_);
        if (version_ < 5) {
            skip_texts(tables);
            const file_entry found = find_old(tables, file);
            return join(found.name, find_text(again, found.directory));
        }
        find_new(tables, none);
        const file_entry found = find_new(tables, file);
        return join(found.name, find_new(again, found.directory).name);
    }

private:
    static constexpr std::uint64_t none = ~std::uint64_t{0};

    [[nodiscard]] static std::string join(std::string_view name, std::string_view directory) {
        const bool is_absolute = name.starts_with('/') || name.starts_with('\\') || (name.size() > 1 && name[1] == ':');
        if (name.empty() || is_absolute || directory.empty() || directory == ".") {
            return std::string(name);
        }
        return std::string(directory).append("/").append(name);
    }
    [[nodiscard]] static std::string_view shortened(std::string_view name) noexcept {
        return name.size() <= longest_name ? name : std::string_view();
    }

    // Before version 5: texts up to an empty one, numbered from 1; directory 0 is where the compiler ran.
    static void skip_texts(cursor& tables) noexcept {
        while (!tables.text().empty()) {
        }
    }
    [[nodiscard]] static std::string_view find_text(cursor& tables, std::uint64_t number) noexcept {
        for (std::uint64_t at = 1; at <= number; ++at) {
            const std::string_view name = tables.text();
            if (name.empty() || at == number) {
                return shortened(name);
            }
        }
        return {};
    }
    [[nodiscard]] static file_entry find_old(cursor& tables, std::uint64_t number) noexcept {
        for (std::uint64_t at = 1; at <= number; ++at) {
            const std::string_view name = tables.text();
            const std::uint64_t directory = tables.unsigned_leb();
            tables.unsigned_leb(); // when it was changed, and its size
            tables.unsigned_leb();
            if (name.empty() || !tables.ok() || at == number) {
                return {tables.ok() ? shortened(name) : std::string_view(), directory};
            }
        }
        return {};
    }

    /// From version 5 on (6.2.4.1): a format, then entries, numbered from 0. Goes past all where `number` is not there.
    file_entry find_new(cursor& tables, std::uint64_t number) const noexcept {
        cursor format = tables;
        const std::uint64_t fields = tables.fixed(1);
        for (std::uint64_t i = 0; i < fields; ++i) {
            tables.unsigned_leb();
            tables.unsigned_leb();
        }
        format.fixed(1);
        const std::uint64_t count = tables.unsigned_leb();
        file_entry found;
        // Each field takes a byte at least, so that a count that is a lie ends with the header.
        for (std::uint64_t at = 0; at < count && fields != 0 && tables.ok(); ++at) {
            cursor field_format = format;
            file_entry entry;
            for (std::uint64_t i = 0; i < fields && tables.ok(); ++i) {
                constexpr std::uint64_t path_content = 1;
                constexpr std::uint64_t directory_content = 2;
                const std::uint64_t content = field_format.unsigned_leb();
                const std::uint64_t form = field_format.unsigned_leb();
                std::string_view text;
                std::uint64_t value = 0;
                read_field(tables, form, at == number, text, value);
                entry.name = content == path_content ? shortened(text) : entry.name;
                entry.directory = content == directory_content ? value : entry.directory;
            }
            if (at == number) {
                found = tables.ok() ? entry : file_entry();
            }
        }
        return found;
    }

    /// A field's text, which is looked up where it is wanted, or its number. Behind a form that this does not know, nothing can be read.
    void read_field(cursor& tables, std::uint64_t form, bool is_wanted, std::string_view& text,
                    std::uint64_t& value) const noexcept {
        switch (form) {
        case 0x08: text = tables.text(); break; // DW_FORM_string
        case 0x0e:                              // DW_FORM_strp
        case 0x1f:                              // DW_FORM_line_strp
            value = tables.fixed(word_);
            text = is_wanted ? text_at(form == 0x0e ? all_->str : all_->line_str, value) : std::string_view();
            break;
        case 0x0b: value = tables.fixed(1); break; // DW_FORM_data1, 2, 4, 8
        case 0x05: value = tables.fixed(2); break;
        case 0x06: value = tables.fixed(4); break;
        case 0x07: value = tables.fixed(8); break;
        case 0x0f: value = tables.unsigned_leb(); break;      // DW_FORM_udata
        case 0x1e: tables.take(16); break;                    // DW_FORM_data16: a checksum
        case 0x09: tables.take(tables.unsigned_leb()); break; // DW_FORM_block
        default: tables.take(none); break;
        }
    }
    [[nodiscard]] static std::string_view text_at(std::span<const std::byte> section, std::uint64_t offset) noexcept {
        cursor at(section);
        at.take(offset);
        return at.text();
    }

    const sections* all_ = nullptr;
    std::span<const std::byte> tables_;
    std::uint64_t version_ = 0;
    std::size_t word_ = 4;
};

} // namespace riser::inline v0_1::dwarf::detail
