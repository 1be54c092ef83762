#pragma once

#include "riser/core/runtime/failures.hpp"
#include "riser/core/runtime/free_objects.hpp"
#include "riser/core/runtime/invoke.hpp"
#include "riser/core/runtime/store_data.hpp"
#include "riser/error.hpp"

namespace riser::inline v0::core::runtime {

[[nodiscard, gnu::cold]] inline error describe_wrong_signature(const wasm::function_type& asked,
                                                               const wasm::function_type& actual) {
    return usage_failure({"a function of another type: it is ", to_string(actual), ", not ", to_string(asked)});
}

inline constexpr store_services standard_services = {&invoke_function, &free_unreferenced, &destroy_made<store_data>,
                                                     &describe_wrong_signature};

} // namespace riser::inline v0::core::runtime
