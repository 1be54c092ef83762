#pragma once

#include "riser/core/module/constants.hpp"
#include "riser/core/store/function_objects.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Where the value of an instance's global lies.
[[nodiscard]] inline slot* address_of_global(const instance_cell& instance, std::uint32_t index) noexcept {
    const std::uint32_t imported = instance.module->info.imported_globals;
    return index < imported ? instance.imported_globals[index]
                            : instance.globals + std::size_t{slots_per_global} * (index - imported);
}

/// Item `at` of an element segment, a reference word, evaluated when somebody asks: it is null, a function, or an immutable
/// global, so that its value is the same each time. \returns false where there is no memory for a function object.
[[nodiscard]] inline bool segment_item(instance_cell& instance, std::uint32_t segment, std::size_t at,
                                       slot& item) noexcept {
    const wasm::element_segment& items = instance.module->info.elements[segment];
    constant_instruction what{constant_code::ref_func, 0, 0};
    if (items.uses_expressions) {
        const module_constants& constants = instance.module->constants;
        what = constants.code[constants.element_items[constants.first_item[segment] + at].begin];
    } else {
        what.low = items.functions[at];
    }
    const auto index = static_cast<std::uint32_t>(what.low);
    if (what.code == constant_code::ref_func) {
        function_object* const function = function_object_of(instance, index);
        item = word_of(function);
        return function != nullptr;
    }
    item = what.code == constant_code::global_get ? *address_of_global(instance, index) : what.low;
    return true;
}

} // namespace riser::inline v0_1::core::runtime
