#pragma once

#include "riser/core/base/text.hpp"
#include "riser/core/wasm/opcode.hpp"
#include "riser/wat/detail/words.hpp"

#include <string_view>

// What texts from before the standard, or from earlier states of its proposals, call things. They are not read; errors say
// what is meant.

namespace riser::inline v0_1::wat::detail {

struct old_word {
    std::string_view old;
    std::string_view now;
};

inline constexpr old_word old_words[] = {
    // before WebAssembly 1.0
    {"get_local", "local.get"},
    {"set_local", "local.set"},
    {"tee_local", "local.tee"},
    {"get_global", "global.get"},
    {"set_global", "global.set"},
    {"current_memory", "memory.size"},
    {"grow_memory", "memory.grow"},
    {"anyfunc", "funcref"},
    // garbage collection
    {"i31.new", "ref.i31"},
    {"extern.externalize", "extern.convert_any"},
    {"extern.internalize", "any.convert_extern"},
    {"struct.new_canon", "struct.new"},
    {"struct.new_canon_default", "struct.new_default"},
    {"array.new_canon", "array.new"},
    {"array.new_canon_default", "array.new_default"},
    {"array.new_canon_fixed", "array.new_fixed"},
    {"array.new_canon_data", "array.new_data"},
    {"array.new_canon_elem", "array.new_elem"},
    {"array.init_static", "array.new_fixed"},
    // threads
    {"atomic.notify", "memory.atomic.notify"},
    {"atomic.wake", "memory.atomic.notify"},
    {"i32.wait", "memory.atomic.wait32"},
    {"i64.wait", "memory.atomic.wait64"},
    {"i32.atomic.wait", "memory.atomic.wait32"},
    {"i64.atomic.wait", "memory.atomic.wait64"},
    // vectors
    {"v8x16.shuffle", "i8x16.shuffle"},
    {"v8x16.swizzle", "i8x16.swizzle"},
    {"i8x16.any_true", "v128.any_true"},
    {"i16x8.any_true", "v128.any_true"},
    {"i32x4.any_true", "v128.any_true"},
    {"v8x16.load_splat", "v128.load8_splat"},
    {"v16x8.load_splat", "v128.load16_splat"},
    {"v32x4.load_splat", "v128.load32_splat"},
    {"v64x2.load_splat", "v128.load64_splat"},
    {"i16x8.load8x8_s", "v128.load8x8_s"},
    {"i16x8.load8x8_u", "v128.load8x8_u"},
    {"i32x4.load16x4_s", "v128.load16x4_s"},
    {"i32x4.load16x4_u", "v128.load16x4_u"},
    {"i64x2.load32x2_s", "v128.load32x2_s"},
    {"i64x2.load32x2_u", "v128.load32x2_u"},
    {"f32x4.relaxed_fma", "f32x4.relaxed_madd"},
    {"f64x2.relaxed_fma", "f64x2.relaxed_madd"},
    {"f32x4.relaxed_fms", "f32x4.relaxed_nmadd"},
    {"f64x2.relaxed_fms", "f64x2.relaxed_nmadd"},
};

/// Parts of names that were replaced in whole families.
inline constexpr old_word old_parts[] = {
    {"_saturate_", "_sat_"}, // i8x16.add_saturate_s
    {".widen_", ".extend_"}, // i32x4.widen_low_i16x8_s
    {"8_u.", "8."},          // i32.atomic.rmw8_u.add, which has _u at the end now
    {"16_u.", "16."},        {"32_u.", "32."},
};

/// `i32.trunc_s:sat/f32` as `i32.trunc_sat_f32_s`: conversions had a slash and the other type at the end.
[[nodiscard]] inline core::text without_slash(std::string_view word) {
    const std::size_t slash = word.find('/');
    if (slash == std::string_view::npos) {
        return {};
    }
    std::string_view begin = word.substr(0, slash);
    std::string_view type = word.substr(slash + 1);
    std::string_view sign;
    bool is_saturating = false;
    for (std::string_view* const part : {&begin, &type}) { // of vectors :sat is behind the type
        if (part->ends_with(":sat")) {
            is_saturating = true;
            part->remove_suffix(4);
        }
    }
    if (begin.ends_with("_s") || begin.ends_with("_u")) {
        sign = begin.substr(begin.size() - 2);
        begin.remove_suffix(2);
    }
    return core::text(begin).append(is_saturating ? "_sat_" : "_").append(type).append(sign);
}

/// What an old name of something is called now; empty where `word` is none.
[[nodiscard, gnu::cold]] inline core::text new_word(std::string_view word) {
    for (const old_word& each : old_words) {
        if (word == each.old) {
            return each.now;
        }
    }
    core::text name = without_slash(word);
    for (const old_word& each : old_parts) {
        if (const std::size_t at = word.find(each.old); name.empty() && at != std::string_view::npos) {
            name.append(word.substr(0, at)).append(each.now).append(word.substr(at + each.old.size()));
            name.append(each.old.ends_with('.') ? "_u" : "");
        }
    }
    return name.is_lost() || instruction_names.find(name) != core::wasm::no_opcode ? name : core::text();
}

/// What an error says about a word that means nothing, behind what was expected in its place.
[[nodiscard, gnu::cold]] inline core::text advice_on(std::string_view word) {
    if (word == "component") {
        return " (this is a component; only core modules are read)";
    }
    const core::text now = new_word(word);
    return now.empty() ? now : core::text(" (it is called ").append(now).append(" now)");
}

} // namespace riser::inline v0_1::wat::detail
