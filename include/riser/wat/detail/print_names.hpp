#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/allocator.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/wat/detail/print_text.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace riser::inline v0_1::wat::detail {

/// How a name can be written.
enum class identifier_form : std::uint8_t {
    none,      ///< there is no name
    plain,     ///< $name
    quoted,    ///< $"a name"
    annotated, ///< (@name "…") where it is defined, and its number elsewhere: empty, long, or another's name too
};

/// The name of something, as text can have it (6.3.5).
struct identifier {
    std::string_view name;
    identifier_form form = identifier_form::none;

    [[nodiscard]] bool is_usable() const noexcept {
        return form == identifier_form::plain || form == identifier_form::quoted;
    }
};

/// Names written at every use must not be long, or a small module would make a text of any size.
inline constexpr std::size_t longest_identifier = 1024;

/// Characters of identifiers that need no quotes (6.3.5).
[[nodiscard]] constexpr bool is_identifier_character(char character) noexcept {
    return character > ' ' && character <= '~' &&
           std::string_view("\"(),;[]{}").find(character) == std::string_view::npos;
}

[[nodiscard]] inline identifier_form form_of_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > longest_identifier) {
        return identifier_form::annotated;
    }
    for (const char character : name) {
        if (!is_identifier_character(character)) {
            return identifier_form::quoted;
        }
    }
    return identifier_form::plain;
}

/// The names of one index space.
class identifier_space {
public:
    explicit identifier_space(const text_memory& memory) noexcept
        : source_(&memory.source()), entries_(memory.source()) {}

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] identifier at(std::uint32_t index) const noexcept {
        return index < entries_.size() ? entries_[index] : identifier{};
    }

    void clear() noexcept { entries_.clear(); }

    /// Reads a name map (appendix "Name Maps"); names of indices from `bound` are ignored. The last of several names
    /// counts. Whatever the order of the indices, the first of those with equal names keeps it.
    void read(core::wasm::byte_reader& reader, std::uint64_t bound) {
        entries_.clear();
        for (std::uint32_t count = reader.read_u32_leb(); count != 0 && reader.ok(); --count) {
            const std::uint32_t index = reader.read_u32_leb();
            const std::string_view name = reader.read_name();
            if (!reader.ok() || index >= bound) {
                continue;
            }
            if (index >= entries_.size() && !entries_.try_resize(std::size_t{index} + 1)) {
                return;
            }
            entries_[index] = {name, form_of_name(name)};
        }
    }

    /// Names that occur twice become annotations, but for the first.
    void make_unique() {
        core::vector<std::uint32_t> order(*source_);
        if (!find_order_of_names(order)) {
            return;
        }
        for (std::size_t i = 1; i < order.size(); ++i) {
            identifier& entry = entries_[order[i]];
            if (entry.is_usable() && entry.name == entries_[order[i - 1]].name) {
                entry.form = identifier_form::annotated;
            }
        }
    }

    /// `order` becomes the named positions in the order of names. \returns false where there is no memory.
    [[nodiscard]] bool find_order_of_names(core::vector<std::uint32_t>& order) const {
        struct named {
            const identifier_space* space;
            core::vector<std::uint32_t> positions;
        } names{this, core::vector<std::uint32_t>(*source_)};
        for (std::uint32_t i = 0; i < entries_.size(); ++i) {
            if (entries_[i].form != identifier_form::none && !names.positions.try_push_back(i)) {
                return false;
            }
        }
        const core::position_order by_name = [](const void* context, std::uint32_t a, std::uint32_t b) {
            const auto& [space, positions] = *static_cast<const named*>(context);
            const int comparison = space->entries_[positions[a]].name.compare(space->entries_[positions[b]].name);
            return comparison != 0 ? comparison < 0 : a < b;
        };
        if (!core::try_sort_positions(order, names.positions.size(), by_name, &names)) {
            return false;
        }
        for (std::uint32_t& position : order) {
            position = names.positions[position];
        }
        return true;
    }

private:
    const core::allocator* source_;
    core::vector<identifier> entries_;
};

/// The index spaces whose names the name section has in flat maps.
enum class space : std::uint8_t { functions, types, tables, memories, globals, elements, data, tags };
inline constexpr std::size_t space_count = 8;

/// How many items each has.
struct space_sizes {
    std::uint64_t of[space_count] = {};
    [[nodiscard]] std::uint64_t& operator[](space which) noexcept { return of[static_cast<std::size_t>(which)]; }
};

/// What the name section says (appendix "Name Section", with the subsections of all proposals).
class name_section {
public:
    explicit name_section(const text_memory& memory) noexcept
        : memory_(&memory), spaces_(make_array<identifier_space, space_count>(memory)), locals_(memory.source()),
          labels_(memory.source()), fields_(memory.source()) {}

    [[nodiscard]] identifier module() const noexcept { return module_; }
    [[nodiscard]] identifier of(space which, std::uint32_t index) const noexcept {
        return spaces_[static_cast<std::size_t>(which)].at(index);
    }
    // Name maps of what is in one function or type; empty where there is none.
    [[nodiscard]] core::wasm::byte_range locals_of(std::uint32_t function) const noexcept {
        return function < locals_.size() ? locals_[function] : core::wasm::byte_range{};
    }
    [[nodiscard]] core::wasm::byte_range labels_of(std::uint32_t function) const noexcept {
        return function < labels_.size() ? labels_[function] : core::wasm::byte_range{};
    }
    [[nodiscard]] core::wasm::byte_range fields_of(std::uint32_t type) const noexcept {
        return type < fields_.size() ? fields_[type] : core::wasm::byte_range{};
    }

    /// \returns false, with no names, where the section is ill-formed. That is no error of the module.
    [[nodiscard]] bool read(std::span<const std::byte> module_bytes, core::wasm::byte_range section,
                            space_sizes& sizes) {
        core::wasm::diagnostics ignored;
        core::wasm::byte_reader reader(module_bytes, section.offset, std::size_t{section.offset} + section.size,
                                       ignored);
        while (reader.ok() && !reader.at_end()) {
            const std::uint8_t id = reader.read_u8();
            const std::uint32_t size = reader.read_u32_leb();
            core::wasm::byte_reader part = reader.take(size);
            read_subsection(part, id, sizes);
        }
        if (!reader.ok()) {
            *this = name_section(*memory_);
            return false;
        }
        for (identifier_space& names : spaces_) {
            names.make_unique();
        }
        return true;
    }

private:
    void read_subsection(core::wasm::byte_reader& part, std::uint8_t id, space_sizes& sizes) {
        switch (id) {
        case 0: read_module_name(part.read_name()); break;
        case 1: read_flat(part, space::functions, sizes); break;
        case 2: read_nested(part, locals_, sizes[space::functions]); break;
        case 3: read_nested(part, labels_, sizes[space::functions]); break;
        case 4: read_flat(part, space::types, sizes); break;
        case 5: read_flat(part, space::tables, sizes); break;
        case 6: read_flat(part, space::memories, sizes); break;
        case 7: read_flat(part, space::globals, sizes); break;
        case 8: read_flat(part, space::elements, sizes); break;
        case 9: read_flat(part, space::data, sizes); break;
        case 10: read_nested(part, fields_, sizes[space::types]); break;
        case 11: read_flat(part, space::tags, sizes); break;
        default: break;
        }
    }

    void read_module_name(std::string_view name) { module_ = {name, form_of_name(name)}; }

    void read_flat(core::wasm::byte_reader& part, space which, space_sizes& sizes) {
        spaces_[static_cast<std::size_t>(which)].read(part, sizes[which]);
    }

    /// An indirect name map: the ranges of its maps, which are well-formed.
    void read_nested(core::wasm::byte_reader& part, core::vector<core::wasm::byte_range>& ranges,
                     std::uint64_t bound) const {
        identifier_space ignored(*memory_);
        for (std::uint32_t count = part.read_u32_leb(); count != 0 && part.ok(); --count) {
            const std::uint32_t index = part.read_u32_leb();
            const std::uint32_t begin = part.offset();
            ignored.read(part, 0);
            if (!part.ok() || index >= bound) {
                continue;
            }
            if (index >= ranges.size() && !ranges.try_resize(std::size_t{index} + 1)) {
                return;
            }
            ranges[index] = {begin, part.offset() - begin};
        }
    }

    const text_memory* memory_;
    identifier module_;
    std::array<identifier_space, space_count> spaces_;
    core::vector<core::wasm::byte_range> locals_;
    core::vector<core::wasm::byte_range> labels_;
    core::vector<core::wasm::byte_range> fields_;
};

} // namespace riser::inline v0_1::wat::detail
