#pragma once

#include "riser/core/execute/collect.hpp"
#include "riser/core/execute/invoke.hpp"
#include "riser/core/execute/store_state.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/free_objects.hpp"
#include "riser/error.hpp"

namespace riser::inline v0_1::core::runtime {

[[nodiscard, gnu::cold]] inline error describe_wrong_signature(const wasm::function_type& asked,
                                                               const wasm::function_type& actual) {
    return usage_failure({"a function of another type: it is ", describe(actual), ", not ", describe(asked)});
}

inline void destroy_store(const store_data* store) noexcept {
    const allocator source =
        store->engine->options.allocator; // which outlives the engine, whose last reference this may be
    destroy_object(source, static_cast<const store_state*>(store));
}

inline constexpr store_services standard_services = {&invoke_function, &free_unreferenced, &collect, &destroy_store,
                                                     &describe_wrong_signature};

} // namespace riser::inline v0_1::core::runtime
