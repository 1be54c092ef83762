#pragma once

#include "riser/core/base/text.hpp"
#include "riser/core/wasm/message.hpp"
#include "riser/external_type.hpp"

#include <string>

namespace riser::inline v0_1 {

namespace core::runtime {

/// "1", "1 2"
[[nodiscard, gnu::cold, gnu::noinline]] inline text describe(const wasm::size_limits& limits) noexcept {
    return limits.max ? wasm::message{limits.min, " ", *limits.max}.text() : text().append(limits.min);
}

/// "(param i32 i32) (result i64)", after a space each.
[[nodiscard, gnu::cold, gnu::noinline]] inline text describe_parts(const wasm::function_type& type) noexcept {
    text parts;
    const auto append = [&](const char* keyword, wasm::type_list types) {
        if (!types.empty()) {
            parts.append(" (").append(keyword);
            for (const wasm::value_type one : types) {
                parts.append(" ").append(describe(one));
            }
            parts.append(")");
        }
    };
    append("param", type.params);
    append("result", type.results);
    return parts;
}

[[nodiscard, gnu::cold, gnu::noinline]] inline text describe(const external_type_view& type) noexcept {
    using wasm::message;
    switch (type.kind) {
    case external_kind::function: return message{"(func", describe_parts(type.function), ")"}.text();
    case external_kind::table:
        return message{"(table ", type.table.is_64 ? "i64 " : "", describe(type.table.limits),
                       " ",       describe(type.table.element),   ")"}
            .text();
    case external_kind::memory:
        return message{"(memory ", type.memory.is_64 ? "i64 " : "", describe(type.memory.limits),
                       type.memory.is_shared ? " shared" : "",
                       type.memory.page_size_log2 == 16 ? ")" : " (pagesize 1))"}
            .text();
    case external_kind::global:
        return message{type.global.is_mutable ? "(global (mut " : "(global ", describe(type.global.type),
                       type.global.is_mutable ? "))" : ")"}
            .text();
    case external_kind::tag: return message{"(tag", describe_parts(type.function), ")"}.text();
    }
    return {};
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE std::string to_string(const external_type& type) {
    const core::runtime::external_type_view view{type.kind, type.function, type.table, type.memory, type.global};
    return std::string(core::runtime::describe(view).view());
}

} // namespace riser::inline v0_1
