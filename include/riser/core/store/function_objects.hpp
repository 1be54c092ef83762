#pragma once

#include "riser/core/module/module_state.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstdint>

namespace riser::inline v0::core::runtime {

/// The object of function `index` of an instance, made when somebody asks: instances do not pay for functions that nobody
/// refers to. The same address each time.
[[nodiscard]] inline function_object& function_object_of(instance_data& instance, std::uint32_t index) noexcept {
    const module_data& module = *instance.code->module;
    if (index < module.info.imported_functions) {
        return *instance.imported_functions[index];
    }
    function_object& object = instance.function_objects[index];
    if (object.instance == nullptr) {
        object = {&instance.entries[index - module.info.imported_functions], &instance, nullptr,
                  module.type_numbers[module.info.functions[index]], index};
    }
    return object;
}

} // namespace riser::inline v0::core::runtime
