#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// Function objects are made in chunks, so that an instance pays for those near what somebody refers to.
inline constexpr std::uint32_t objects_per_chunk = 16;

[[nodiscard]] inline std::uint32_t chunk_count(const module_data& module) noexcept {
    return (module.object_count + objects_per_chunk - 1) / objects_per_chunk;
}
[[nodiscard]] inline std::size_t chunk_bytes(const module_data& module, std::uint32_t chunk) noexcept {
    return lesser(objects_per_chunk, module.object_count - chunk * objects_per_chunk) * sizeof(function_object);
}

/// The object of function `index` of an instance, which may be declared or be the start function; made when somebody asks. The
/// same address each time. \returns null where there is no memory.
[[nodiscard]] inline function_object* function_object_of(instance_data& instance, std::uint32_t index) noexcept {
    const module_data& module = *instance.code->module;
    if (index < module.info.imported_functions) {
        return instance.imported_functions[index];
    }
    const std::uint32_t defined = index - module.info.imported_functions;
    const std::uint32_t number = module.object_indices[defined];
    if (instance.function_objects == nullptr) {
        instance.function_objects = static_cast<function_object**>(
            allocate(*instance.store, std::size_t{chunk_count(module)} * sizeof(function_object*)));
        if (instance.function_objects == nullptr) {
            return nullptr;
        }
    }
    const std::uint32_t chunk = number / objects_per_chunk;
    function_object*& objects = instance.function_objects[chunk];
    if (objects == nullptr) {
        objects = static_cast<function_object*>(allocate(*instance.store, chunk_bytes(module, chunk)));
        if (objects == nullptr) {
            return nullptr;
        }
    }
    function_object& object = objects[number % objects_per_chunk];
    if (object.instance == nullptr) {
        object.type = module.type_numbers[module.info.functions[index]];
        object.entry = &instance.entries[defined];
        object.instance = &instance;
        object.index = index;
        object.display = instance.store->engine->types[object.type].display;
    }
    return &object;
}

[[gnu::cold]] inline void free_function_objects(instance_data& instance) noexcept {
    if (instance.function_objects == nullptr) {
        return;
    }
    const module_data& module = *instance.code->module;
    for (std::uint32_t i = 0; i < chunk_count(module); ++i) {
        if (instance.function_objects[i] != nullptr) {
            deallocate(*instance.store, instance.function_objects[i], chunk_bytes(module, i));
        }
    }
    deallocate(*instance.store, instance.function_objects, std::size_t{chunk_count(module)} * sizeof(function_object*));
}

} // namespace riser::inline v0_1::core::runtime
