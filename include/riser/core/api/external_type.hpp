#pragma once

#include "riser/external_type.hpp"

#include <string>

namespace riser::inline v0 {

namespace core::runtime {

[[nodiscard]] inline std::string text_of(const wasm::size_limits& limits) {
    return std::to_string(limits.min) + (limits.max ? " " + std::to_string(*limits.max) : std::string());
}

/// "(param i32 i32) (result i64)", after a space each.
[[nodiscard]] inline std::string text_of(const wasm::function_type& type) {
    std::string text;
    const auto append = [&](const char* keyword, const std::vector<wasm::value_type>& types) {
        if (!types.empty()) {
            text += std::string(" (") + keyword;
            for (const wasm::value_type one : types) {
                text += " " + to_string(one);
            }
            text += ")";
        }
    };
    append("param", type.params);
    append("result", type.results);
    return text;
}

} // namespace core::runtime

RISER_INLINE std::string to_string(const external_type& type) {
    using core::runtime::text_of;
    switch (type.kind) {
    case external_kind::function: return "(func" + text_of(type.function) + ")";
    case external_kind::table:
        return std::string("(table ") + (type.table.is_64 ? "i64 " : "") + text_of(type.table.limits) + " " +
               to_string(type.table.element) + ")";
    case external_kind::memory:
        return std::string("(memory ") + (type.memory.is_64 ? "i64 " : "") + text_of(type.memory.limits) +
               (type.memory.is_shared ? " shared" : "") + (type.memory.page_size_log2 == 16 ? "" : " (pagesize 1)") +
               ")";
    case external_kind::global:
        return type.global.is_mutable ? "(global (mut " + to_string(type.global.type) + "))"
                                      : "(global " + to_string(type.global.type) + ")";
    case external_kind::tag: return "(tag" + text_of(type.function) + ")";
    }
    return {};
}

} // namespace riser::inline v0
