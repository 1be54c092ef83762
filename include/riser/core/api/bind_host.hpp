#pragma once

#include "riser/core/api/host_callable.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/values.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/module/engine_parts.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_data.hpp"

#include <cstddef>

namespace riser::inline v0::core::runtime {

RISER_INLINE bool fail_host(execution_context& context, const error& failure) {
    store_data& store = *context.store;
    store.pending = failure;
    context.exit = failure.is<trap>() ? trap(failure).kind() : trap_kind::host_error;
    if (!failure.state()) {
        store.pending = host_error("a host function failed without saying why");
    }
    return false;
}

RISER_INLINE void complete_definition(host_definition& definition, const shared_ref<engine_state>& engine,
                                      const wasm::function_type& type) {
    definition.engine = engine;
    // Without a number it has type no_number, which fits no import.
    static_cast<void>(registrar_of(*engine).number_of(type, definition.type_held));
    definition.object.type = definition.type_held.number();
    definition.object.host = &definition;
    definition.object.display = engine->types[definition.object.type].display;
    definition.type = &engine->types.function(definition.object.type);
    definition.parameter_slots = slots_of(definition.type->params);
    definition.result_slots = slots_of(definition.type->results);
}

RISER_INLINE untyped_call::untyped_call(const host_definition& definition, execution_context& context,
                                        const std::uint64_t* slots)
    : definition_(&definition), context_(&context), arguments_(definition.type->params.size()) {
    read_values(*context.store, slots, definition.type->params, arguments_);
    for (const wasm::value_type type : definition.type->results) {
        results_.push_back(value::zero(type));
    }
}

RISER_INLINE bool untyped_call::finish(std::uint64_t* slots) {
    for (std::size_t i = 0; i < results_.size(); ++i) {
        const wasm::value_type expected = definition_->type->results[i];
        if (!value_fits(*context_->store, results_[i], expected)) {
            return fail_host(*context_, usage_failure({"result ", i, " of a host function is not of type ",
                                                       to_string(expected), " (or of another store)"}));
        }
    }
    write_values(slots, results_);
    return true;
}

} // namespace riser::inline v0::core::runtime
