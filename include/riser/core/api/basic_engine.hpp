#pragma once

#include "riser/basic_engine.hpp"
#include "riser/core/interpreter/interpreter.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/memory/policy.hpp"
#include "riser/core/module/engine_ops.hpp"
#include "riser/core/module/tiering_ops.hpp"
#include "riser/core/tiering/backend.hpp"

namespace riser::inline v0_1 {

namespace core::runtime {

/// The handlers of a mode; nothing is compiled for modes that the policy never chooses.
template <memory::memory_mode Mode, interpreter::dispatch D, bool Used>
[[nodiscard]] constexpr const handler* handlers_of() noexcept {
    if constexpr (Used) {
        return interpreter::handlers<Mode, D>.data();
    } else {
        return nullptr;
    }
}

#if defined(__x86_64__) && defined(__ELF__)
/// See engine_ops::services.
[[nodiscard]] inline const native_services& services_of_process() noexcept {
    static const native_services services = interpreter::make_native_services();
    return services;
}
#endif

template <interpreter::dispatch D>
[[nodiscard]] constexpr auto services_for() noexcept -> const native_services& (*)() noexcept {
#if defined(__x86_64__) && defined(__ELF__)
    if constexpr (D == interpreter::dispatch::beside_native) {
        return &services_of_process;
    }
#endif
    return nullptr;
}

/// What depends on the policies of an engine, and on how the translation unit is built that makes it: those with sanitizers
/// have other operations than those without, and both may be in one program.
template <memory_policy::policy MemoryPolicy, interpreter::dispatch D, class... Backends>
inline constexpr engine_ops operations = {
    {handlers_of<memory::memory_mode::bounds_checking, D, MemoryPolicy::may_check>(),
     handlers_of<memory::memory_mode::signaling, D, MemoryPolicy::may_signal>()},
    &interpreter::run<MemoryPolicy::may_signal, D>,
    services_for<D>(),
    &MemoryPolicy::make,
    &MemoryPolicy::grow,
    &MemoryPolicy::destroy,
    tiering_for<Backends...>::operations,
};

/// Handlers and native code of one engine share its stack.
template <class... Backends>
inline constexpr interpreter::dispatch dispatch_with =
    sizeof...(Backends) == 0 ? interpreter::default_dispatch : interpreter::dispatch::beside_native;

} // namespace core::runtime

template <class MemoryPolicy, class... Backends>
basic_engine<MemoryPolicy, Backends...>::basic_engine(const engine_options& options)
    : engine_base(core::runtime::operations<MemoryPolicy, core::runtime::dispatch_with<Backends...>, Backends...>,
                  options) {
    static_assert((core::runtime::backend<Backends> && ...),
                  "not a backend: what follows the memory policy compiles native code, see riser/backend.hpp");
    if constexpr (sizeof...(Backends) != 0) {
        core::runtime::tiering_for<Backends...>::template prepare<MemoryPolicy::may_signal>(*state());
    }
}

} // namespace riser::inline v0_1
