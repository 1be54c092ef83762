#pragma once

#include "riser/core/wasm/message.hpp"
#include "riser/error.hpp"

namespace riser::inline v0_1::core::runtime {

// Errors whose messages are put together out of line: who finds an error is often code that is compiled many times.

[[nodiscard, gnu::cold, gnu::noinline]] inline error usage_failure(wasm::message what) {
    return usage_error(what.text());
}
[[nodiscard, gnu::cold, gnu::noinline]] inline error resource_failure(wasm::message what) {
    return resource_error(what.text());
}
[[nodiscard, gnu::cold, gnu::noinline]] inline error resource_failure(resource_error::reason why, wasm::message what) {
    return resource_error(why, what.text());
}
[[nodiscard, gnu::cold, gnu::noinline]] inline error link_failure(wasm::message what) {
    return link_error(what.text());
}

} // namespace riser::inline v0_1::core::runtime
