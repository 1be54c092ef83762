#pragma once

#include "riser/core/module/module_state.hpp"

#include <cstddef>
#include <cstdint>

// What a module says of the objects that its instances make when somebody asks: function objects, elements of tables.

namespace riser::inline v0_1::core::runtime {

/// Gives each defined function that a reference may refer to its dense index: what is declared (3.4.15), and the start
/// function, which the host calls. \returns false where there is no memory.
[[nodiscard, gnu::cold]] inline bool number_objects(module_state& module) noexcept {
    const wasm::module_info& info = module.info;
    module.object_indices = vector<std::uint32_t>(module.engine->options.allocator);
    if (!module.object_indices.try_append(info.bodies.size(), no_object)) {
        return false;
    }
    for (std::size_t i = 0; i < info.bodies.size(); ++i) {
        const std::size_t function = info.imported_functions + i;
        if (info.declared_functions[function] || info.start == function) {
            module.object_indices[i] = module.object_count++;
        }
    }
    return true;
}

namespace detail {

/// Does the segment follow what `image` has, at a place that is known and within a table of `size` elements? Then adds it.
[[nodiscard, gnu::cold]] inline bool append_segment(table_image& image, const module_constants& constants,
                                                    std::uint32_t segment, std::uint64_t count, std::uint64_t size,
                                                    bool& has_memory) noexcept {
    const constant_range offset = constants.element_offsets[segment];
    const constant_instruction& instruction = constants.code[offset.begin];
    const std::uint64_t end = image.runs.empty() ? 0 : image.runs.back().begin + image.runs.back().count;
    if (offset.count != 1 || instruction.code != constant_code::push || instruction.low < end ||
        instruction.low > size || count > size - instruction.low) {
        return false;
    }
    has_memory = count == 0 || image.runs.try_push_back({instruction.low, static_cast<std::uint32_t>(count), segment});
    return has_memory;
}

} // namespace detail

/// \returns false where there is no memory.
[[nodiscard, gnu::cold]] inline bool make_table_images(module_state& module) noexcept {
    const wasm::module_info& info = module.info;
    const allocator& source = module.engine->options.allocator;
    module_constants& constants = module.constants;
    constants.table_images = vector<table_image>(source);
    for (std::size_t i = info.imported_tables; i < info.tables.size(); ++i) {
        if (!constants.table_images.try_push_back(
                {vector<table_run>(source), static_cast<std::uint32_t>(info.elements.size())})) {
            return false;
        }
    }
    for (std::uint32_t i = 0; i < info.elements.size(); ++i) {
        const wasm::element_segment& segment = info.elements[i];
        if (segment.mode != wasm::segment_mode::active || segment.table < info.imported_tables) {
            continue;
        }
        table_image& image = constants.table_images[segment.table - info.imported_tables];
        const std::uint64_t size = info.tables[segment.table].type.limits.min;
        bool has_memory = true;
        if (i < image.end_segment && !detail::append_segment(image, constants, i, segment.size(), size, has_memory)) {
            image.end_segment = i;
        }
        if (!has_memory) {
            return false;
        }
    }
    for (const constant_range item : constants.element_items) {
        for (std::uint32_t i = item.begin; i < item.begin + item.count; ++i) {
            if (constants.code[i].code == constant_code::unsupported && constants.refused_item.count == 0) {
                constants.refused_item = item;
            }
        }
    }
    return true;
}

} // namespace riser::inline v0_1::core::runtime
