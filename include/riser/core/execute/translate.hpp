#pragma once

#include "riser/core/execute/backtrace.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/module/code_cache.hpp"
#include "riser/core/module/module_data.hpp"
#include "riser/core/module/tiering_ops.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/wasm/diagnostic.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// What a call traps with whose function is refused.
[[nodiscard, gnu::cold]] constexpr trap_kind trap_of(wasm::diagnostic_kind refusal) noexcept {
    switch (refusal) {
    case wasm::diagnostic_kind::unsupported: return trap_kind::unsupported;
    case wasm::diagnostic_kind::limit: return trap_kind::limit;
    case wasm::diagnostic_kind::out_of_memory: return trap_kind::out_of_memory;
    case wasm::diagnostic_kind::malformed:
    case wasm::diagnostic_kind::invalid: break;
    }
    return trap_kind::invalid_code;
}

/// Makes code for a function of `instance` that is called for the first time. \returns null where its body is refused:
/// context.stack.exit.kind then says why, and the store's trap record begins with the place.
[[nodiscard, gnu::cold, gnu::noinline]] inline const code_word*
translate_on_call(execution_context& context, const instance_data& instance, std::uint32_t function) {
    const std::uint32_t defined = function - instance.code->module->info.imported_functions;
    if (context.store->engine->tiers != nullptr) {
        if (const code_word* const native =
                context.store->engine->ops->tiering->enter_new(context, *instance.code, defined)) {
            return native;
        }
    }
    wasm::diagnostics diagnostics;
    const code_word* const code = prepare_function(*instance.code, defined, diagnostics);
    if (code == nullptr) {
        const wasm::diagnostic& why = diagnostics.first();
        context.stack.exit.kind = trap_of(why.kind);
        context.store->message = why.message;
        record_refusal(context, *instance.code->module, function);
    }
    return code;
}

} // namespace riser::inline v0_1::core::runtime
