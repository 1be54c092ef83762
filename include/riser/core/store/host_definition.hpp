#pragma once

#include "riser/config.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/module/type_registry.hpp"
#include "riser/core/store/objects.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/fwd.hpp"

#include <atomic>
#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// A host function for all stores of an engine; derived classes add the callable. Its one function object is immutable,
/// so that stores of different threads can share it.
struct host_definition : host_function {
    host_definition() = default;
    host_definition(const host_definition&) = delete;
    host_definition& operator=(const host_definition&) = delete;
    virtual ~host_definition() = default;

    function_object object{};
    const wasm::function_type* type = nullptr; ///< the engine's
    shared_ref<engine_state> engine;
    type_hold type_held;                ///< of `type`
    const char* type_failure = "";      ///< why there is no number for the type: nobody can import or call this then
    bool needs_exported_memory = false; ///< of who imports it, see linker::define
    mutable std::atomic<std::uint32_t> references{1};
};

/// Has the function a type? Those of modules have.
[[nodiscard]] inline bool has_type(const function_object& function) noexcept {
    return function.type != type_registry::no_number;
}
[[nodiscard]] inline const char* type_failure(const function_object& function) noexcept {
    return static_cast<const host_definition&>(*function.host).type_failure;
}

/// Fills in everything but the callable: registers the type, counts slots.
RISER_INLINE void complete_definition(host_definition& definition, const shared_ref<engine_state>& engine,
                                      const wasm::function_type& type);

} // namespace riser::inline v0_1::core::runtime
