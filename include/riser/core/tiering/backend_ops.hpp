#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/tiering/backend.hpp"

#include <string_view>

namespace riser::inline v0_1::core::runtime {

/// A backend as the engine calls it.
struct backend_ops {
    std::string_view name;
    bool is_mode_specific;
    void* (*make)(const allocator& source) noexcept; ///< \returns null where there is no memory
    void (*destroy)(const allocator& source, void* compiler) noexcept;
    const char* (*unusable)(void* compiler) noexcept;
    compiled_code (*compile)(void* compiler, const compile_task& task) noexcept;
};

template <backend Compiler>
inline constexpr backend_ops operations_of = {
    Compiler::name,
    Compiler::is_mode_specific,
    [](const allocator& source) noexcept -> void* { return make_object<Compiler>(source, source); },
    [](const allocator& source, void* compiler) noexcept { destroy_object(source, static_cast<Compiler*>(compiler)); },
    [](void* compiler) noexcept { return static_cast<Compiler*>(compiler)->unusable(); },
    [](void* compiler, const compile_task& task) noexcept { return static_cast<Compiler*>(compiler)->compile(task); },
};

} // namespace riser::inline v0_1::core::runtime
