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
/// What a resource_error begins with.
[[nodiscard, gnu::cold]] constexpr const char* text_of(resource_error::reason why) noexcept {
    switch (why) {
    case resource_error::reason::memory: return "out of memory";
    case resource_error::reason::mappings: return "out of address space or mappings";
    case resource_error::reason::store_limit: return "beyond the store's limits";
    case resource_error::reason::type_limit: return "beyond the maximum of the type";
    case resource_error::reason::engine_limit: return "beyond what an engine can hold";
    case resource_error::reason::file: return "cannot read";
    }
    return "";
}
[[nodiscard, gnu::cold, gnu::noinline]] inline error link_failure(wasm::message what) {
    return link_error(what.text());
}

} // namespace riser::inline v0_1::core::runtime
