#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/values.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/function.hpp"

#include <cstddef>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

RISER_INLINE bool invoke(store_data& store, function_object& callee, std::uint64_t* slots,
                         std::uint32_t parameter_slots, std::uint32_t result_slots) {
    return store.services->invoke(store, callee, slots, parameter_slots, result_slots);
}
RISER_INLINE error take_error(store_data& store) { return std::exchange(store.pending, {}); }
RISER_INLINE error wrong_store() { return usage_failure("an argument or result is a reference of another store"); }
RISER_INLINE error wrong_signature(const store_data& store, const function_type_view& asked,
                                   const function_type_view& actual) {
    return store.services->wrong_signature(asked, actual);
}

[[nodiscard, gnu::cold, gnu::noinline]] inline error wrong_counts(const wasm::function_type& callee,
                                                                  std::size_t arguments, std::size_t results) {
    return usage_failure({"a function of type ", describe(callee), " called with ", arguments,
                          " arguments and room for ", results, " results"});
}

} // namespace core::runtime

RISER_INLINE ref<function>::ref(const function& target)
    : reference_(core::runtime::word_of(&target.object()), &target.store()) {}
RISER_INLINE function ref<function>::get() const {
    if (is_null()) [[unlikely]] {
        core::runtime::misuse("a null ref<function> refers to no function");
    }
    return function(*core::runtime::function_of(reference_.word()), *reference_.store());
}

RISER_INLINE void function::retain() const noexcept {
    if (object_ == nullptr) {
        return;
    }
    core::runtime::retain_reference(core::runtime::word_of(object_), store_);
}

RISER_INLINE void function::release() const noexcept {
    if (object_ == nullptr) {
        return;
    }
    core::runtime::release_reference(core::runtime::word_of(object_), store_);
}

RISER_INLINE function_type_view function::type() const {
    check();
    return store_->engine->types.function(object_->type);
}

RISER_INLINE result<void> function::try_call(std::span<const value> arguments, std::span<value> results) const {
    using namespace core::runtime;
    if (object_ == nullptr) {
        return moved_from("function");
    }
    const function running = *this; // which a host function may drop while it runs
    store_data& store = *running.store_;
    const function_type_view callee = running.type();
    if (arguments.size() != callee.params.size() || results.size() != callee.results.size()) {
        return core::runtime::wrong_counts(callee, arguments.size(), results.size());
    }
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (!value_fits(store, arguments[i], callee.params[i])) {
            return unfit_value(store, {"argument ", i}, arguments[i], callee.params[i]);
        }
    }
    const std::uint32_t parameter_slots = slots_of(callee.params);
    const std::uint32_t result_slots = slots_of(callee.results);
    std::uint64_t few[16];
    core::vector<std::uint64_t> many(store.engine->options.allocator);
    const std::uint32_t needed = parameter_slots > result_slots ? parameter_slots : result_slots;
    if (needed > 16 && !many.try_resize(needed)) {
        return trap(trap_kind::out_of_memory);
    }
    std::uint64_t* const slots = needed > 16 ? many.data() : few;
    write_values(store, slots, arguments);
    if (!invoke(store, *running.object_, slots, parameter_slots, result_slots)) {
        return take_error(store);
    }
    read_values(store, slots, callee.results, results);
    return {};
}

RISER_INLINE result<std::vector<value>> function::try_call(std::span<const value> arguments) const {
    if (object_ == nullptr) {
        return core::runtime::moved_from("function");
    }
    std::vector<value> results(type().results.size());
    const result<void> ended = try_call(arguments, results);
    return ended ? result<std::vector<value>>(std::move(results)) : ended.error();
}

} // namespace riser::inline v0_1
