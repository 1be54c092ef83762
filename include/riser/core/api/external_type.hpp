#pragma once

#include "riser/core/wasm/message.hpp"
#include "riser/external_type.hpp"

#include <string>

namespace riser::inline v0 {

namespace core::runtime {

[[nodiscard, gnu::cold, gnu::noinline]] inline std::string text_of(const wasm::size_limits& limits) {
    return limits.max ? wasm::message{limits.min, " ", *limits.max}.text() : std::to_string(limits.min);
}

/// "(param i32 i32) (result i64)", after a space each.
[[nodiscard, gnu::cold, gnu::noinline]] inline std::string text_of(const wasm::function_type& type) {
    std::string text;
    const auto append = [&](const char* keyword, wasm::type_list types) {
        if (!types.empty()) {
            text += " (";
            text += keyword;
            for (const wasm::value_type one : types) {
                text += ' ';
                text += to_string(one);
            }
            text += ')';
        }
    };
    append("param", type.params);
    append("result", type.results);
    return text;
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE std::string to_string(const external_type& type) {
    using core::runtime::text_of;
    using core::wasm::message;
    switch (type.kind) {
    case external_kind::function: return message{"(func", text_of(type.function), ")"}.text();
    case external_kind::table:
        return message{"(table ", type.table.is_64 ? "i64 " : "", text_of(type.table.limits),
                       " ",       to_string(type.table.element),  ")"}
            .text();
    case external_kind::memory:
        return message{"(memory ", type.memory.is_64 ? "i64 " : "", text_of(type.memory.limits),
                       type.memory.is_shared ? " shared" : "",
                       type.memory.page_size_log2 == 16 ? ")" : " (pagesize 1))"}
            .text();
    case external_kind::global:
        return message{type.global.is_mutable ? "(global (mut " : "(global ", to_string(type.global.type),
                       type.global.is_mutable ? "))" : ")"}
            .text();
    case external_kind::tag: return message{"(tag", text_of(type.function), ")"}.text();
    }
    return {};
}

} // namespace riser::inline v0
