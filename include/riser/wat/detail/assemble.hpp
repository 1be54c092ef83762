#pragma once

#include "riser/wat/detail/byte_buffer.hpp"
#include "riser/wat/detail/module_state.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace riser::inline v0_1::wat::detail {

/// A module's binary (5.5), out of its sections.
class module_assembler {
public:
    module_assembler(module_state& state, bool with_names) noexcept : state_(state), with_names_(with_names) {}

    [[nodiscard]] std::vector<std::byte> assemble() {
        if (!try_reserve(out_, greatest_size())) {
            state_.memory().diagnostics().require_memory(false);
            return {};
        }
        append(std::string_view("\0asm\x01\0\0\0", 8));
        put_customs(0);
        for (std::size_t i = 0; i < section_count; ++i) {
            put_customs(static_cast<std::uint8_t>(2 * i + 1));
            put_section(static_cast<section>(i));
            put_customs(static_cast<std::uint8_t>(2 * i + 2));
        }
        put_customs(2 * section_count + 1);
        if (with_names_ && !has_put_names_) {
            put_names();
        }
        return std::move(out_);
    }

private:
    /// No less than what comes out, so that it needs memory once.
    [[nodiscard]] std::size_t greatest_size() const noexcept {
        constexpr std::size_t head = 32; // of a section or subsection: sizes, counts, names that are always the same
        std::size_t size = head * (2 * section_count + 4) + state_.branch_hints.bytes.size();
        for (const item_buffer& each : state_.sections) {
            size += each.bytes.size();
        }
        for (const custom_section_text& each : state_.customs) {
            size += each.contents.size() + head;
        }
        for (const item_buffer& each : state_.names.spaces) {
            size += each.bytes.size() + head;
        }
        for (const item_buffer* const each : {&state_.names.locals, &state_.names.labels, &state_.names.fields}) {
            size += each->bytes.size() + head;
        }
        return size + (state_.names.module ? state_.names.module->size() + head : 0);
    }

    void append(std::string_view bytes) {
        const auto view = std::as_bytes(std::span(bytes));
        out_.insert(out_.end(), view.begin(), view.end());
    }

    void put(std::uint8_t id, std::string_view count, std::string_view bytes) {
        byte_buffer head(state_.memory());
        head.put(id);
        head.put_unsigned(count.size() + bytes.size());
        append(head.view());
        append(count);
        append(bytes);
    }

    void put_section(section which) {
        const item_buffer& items = state_.at(which);
        const std::uint8_t id = section_ids[static_cast<std::size_t>(which)];
        byte_buffer count(state_.memory());
        if (which == section::data_count) {
            if (state_.needs_data_count) {
                count.put_unsigned(state_.at(section::data).count);
                put(id, {}, count.view());
            }
            return put_branch_hints();
        }
        if (items.count == 0) {
            return;
        }
        if (which != section::start) {
            count.put_unsigned(items.count);
        }
        put(id, count.view(), items.bytes.view());
    }

    void put_branch_hints() {
        if (state_.branch_hints.count != 0) {
            byte_buffer contents(state_.memory());
            contents.append_sized("metadata.code.branch_hint");
            state_.branch_hints.append_to(contents);
            put(0, {}, contents.view());
        }
    }

    /// A text that states the name section's bytes has no other: neither a second one, nor one made of identifiers.
    void put_customs(std::uint8_t place) {
        for (const custom_section_text& each : state_.customs) {
            if (each.place != place || (each.is_names && (has_put_names_ || !with_names_))) {
                continue;
            }
            put(0, {}, each.contents.view());
            has_put_names_ = has_put_names_ || each.is_names;
        }
    }

    // The name section (appendix "Custom Sections").

    void put_subsection(std::uint8_t id, const item_buffer& items, byte_buffer& out) {
        if (items.count != 0) {
            byte_buffer count(state_.memory());
            count.put_unsigned(items.count);
            out.put(id);
            out.put_unsigned(count.size() + items.bytes.size());
            out.append(count);
            out.append(items.bytes);
        }
    }

    void put_names() {
        byte_buffer contents(state_.memory());
        contents.append_sized("name");
        const std::size_t empty = contents.size();
        if (state_.names.module) {
            byte_buffer name(state_.memory());
            name.append_sized(state_.names.module->view());
            contents.put(0);
            contents.append_sized(name.view());
        }
        put_subsection(1, state_.names_of(index_space::function), contents);
        put_subsection(2, state_.names.locals, contents);
        put_subsection(3, state_.names.labels, contents);
        put_subsection(4, state_.names_of(index_space::type), contents);
        put_subsection(5, state_.names_of(index_space::table), contents);
        put_subsection(6, state_.names_of(index_space::memory), contents);
        put_subsection(7, state_.names_of(index_space::global), contents);
        put_subsection(8, state_.names_of(index_space::element), contents);
        put_subsection(9, state_.names_of(index_space::data), contents);
        put_subsection(10, state_.names.fields, contents);
        put_subsection(11, state_.names_of(index_space::tag), contents);
        if (contents.size() != empty) {
            put(0, {}, contents.view());
        }
    }

    module_state& state_;
    bool with_names_;
    bool has_put_names_ = false;
    std::vector<std::byte> out_;
};

} // namespace riser::inline v0_1::wat::detail
