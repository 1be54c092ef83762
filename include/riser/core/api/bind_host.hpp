#pragma once

#include "riser/core/api/host_callable.hpp"
#include "riser/core/api/memory.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/values.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/module/engine_parts.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_data.hpp"

#include <cstddef>

namespace riser::inline v0_1::core::runtime {

RISER_INLINE bool fail_host(execution_context& context, const error& failure) {
    store_data& store = *context.store;
    store.pending = failure;
    const auto* const trapped = state_of<trap, trap_state>(failure);
    context.stack.exit.kind = trapped == nullptr ? trap_kind::host_error : trapped->kind;
    if (!failure.state()) {
        store.pending = host_error("a host function failed without saying why");
    }
    return false;
}

[[gnu::cold]] RISER_INLINE bool refuse_argument(execution_context& context, const guest_range& range,
                                                std::size_t position) {
    const std::uint64_t size = host_memory(context).size();
    if (!range.may_be_null && range.address == 0) {
        const text details = wasm::message{"argument ", position, " of a host function is null"}.text();
        return fail_host(context, trap(trap_kind::memory_out_of_bounds, details.view()));
    }
    if (is_in_range(range.address, range.bytes, size)) {
        const text details =
            wasm::message{"its argument ",       position,        " at 0x", wasm::hexadecimal(range.address),
                          " is not aligned to ", range.alignment, " bytes"}
                .text();
        return fail_host(context, trap(trap_kind::host_error, details.view()));
    }
    const text details = wasm::message{text_of({.width = range.bytes, .address = range.address}, size), ", argument ",
                                       position, " of a host function"}
                             .text();
    return fail_host(context, trap(trap_kind::memory_out_of_bounds, details.view()));
}

RISER_INLINE riser::memory memory_of_caller(const execution_context& context) noexcept {
    return riser::memory(store_handle(&cell_of(*context.stack.instance->host_memory)));
}

RISER_INLINE void complete_definition(host_definition& definition, const shared_ref<engine_state>& engine,
                                      const wasm::function_type& type) {
    definition.engine = engine;
    definition.type_failure = text_of(registrar_of(*engine).number_of(type, definition.type_held));
    definition.object.type = definition.type_held.number();
    definition.object.host = &definition;
    definition.object.display = engine->types[definition.object.type].display;
    definition.type = &engine->types.function(definition.object.type);
    definition.parameter_slots = slots_of(definition.type->params);
    definition.result_slots = slots_of(definition.type->results);
}

RISER_INLINE untyped_call::untyped_call(const host_definition& definition, execution_context& context) noexcept
    : definition_(&definition), context_(&context), arguments_(context.store->engine->options.allocator),
      results_(context.store->engine->options.allocator) {}

RISER_INLINE bool untyped_call::begin(const std::uint64_t* slots) {
    const wasm::function_type& type = *definition_->type;
    if (!arguments_.try_resize(type.params.size()) || !results_.try_reserve(type.results.size())) {
        return false;
    }
    read_values(*context_->store, slots, type.params, std::span(arguments_.begin(), arguments_.end()));
    for (const wasm::value_type result : type.results) {
        results_.push_back_reserved(value::zero(result));
    }
    return true;
}

RISER_INLINE bool untyped_call::finish(std::uint64_t* slots) {
    for (std::size_t i = 0; i < results_.size(); ++i) {
        const wasm::value_type expected = definition_->type->results[i];
        if (!value_fits(*context_->store, results_[i], expected)) {
            return fail_host(
                *context_, unfit_value(*context_->store, {"result ", i, " of a host function"}, results_[i], expected));
        }
    }
    write_values(*context_->store, slots, results());
    return true;
}

} // namespace riser::inline v0_1::core::runtime
