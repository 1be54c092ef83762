#pragma once

#include "riser/core/base/owner.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/offsets.hpp"
#include "riser/core/bytecode/resolve_code.hpp"
#include "riser/core/module/engine_ops.hpp"
#include "riser/core/module/module_data.hpp"
#include "riser/core/module/module_state.hpp"

#include <cstdint>
#include <mutex>
#include <span>
#include <utility>

// A module's code as it comes into being: bytecode once per function, resolved code once per function and memory mode.

namespace riser::inline v0::core::runtime {

namespace detail {

[[nodiscard, gnu::cold]] inline const allocator& source_of(const module_data& module) noexcept {
    return state_of(module).engine->options.allocator;
}

[[gnu::cold]] inline void report_no_memory(wasm::diagnostics& diagnostics) {
    diagnostics.report(wasm::diagnostic_kind::out_of_memory, 0, "out of memory");
}

/// The caller holds the module's mutex. \returns false where the body is refused.
[[gnu::cold]] inline bool translate_locked(const module_data& module, std::uint32_t defined_function,
                                           wasm::function_parser<bytecode::translator>& parser,
                                           bytecode::translator& translator, wasm::diagnostics& diagnostics) {
    if (module.bytecode.empty() && !module.bytecode.try_resize(module.info.bodies.size())) {
        report_no_memory(diagnostics);
        return false;
    }
    vector<code_word>& shared = module.bytecode[defined_function].words;
    if (!shared.empty()) {
        return true;
    }
    const std::uint32_t function = defined_function + module.info.imported_functions;
    if (!parser.parse_function(function, translator)) {
        return false;
    }
    vector<code_word> exact(source_of(module));
    if (!exact.try_append(translator.words().begin(), translator.words().end())) {
        report_no_memory(diagnostics);
        return false;
    }
    shared = std::move(exact);
    return true;
}

} // namespace detail

/// The code of `module` for `mode`, made at first use. Thread-safe. \returns null where there is no memory.
[[gnu::cold]] inline module_code* code_for(const module_data& module, memory::memory_mode mode) {
    const std::lock_guard lock(module.mutex);
    owner<module_code>& code = module.code[static_cast<std::size_t>(mode)];
    if (code.get() == nullptr) {
        entry_array entries(detail::source_of(module), module.info.bodies.size());
        if (entries.get() == nullptr) {
            return nullptr;
        }
        code = owner(new module_code(module, mode, std::move(entries), state_of(module).engine->code,
                                     detail::source_of(module)));
    }
    return code.get();
}

/// Translates the function if nobody has, resolves it for the mode of `code` and publishes it. Thread-safe; whoever comes
/// first does it, once. \returns null where the body is refused, see `diagnostics`.
[[gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline const code_word*
prepare_function(const module_code& code, std::uint32_t defined_function, wasm::diagnostics& diagnostics) {
    const module_data& module = *code.module;
    const std::lock_guard lock(module.mutex);
    function_entry& entry = code.entries[defined_function];
    if (const code_word* const done = entry.code()) {
        return done;
    }
    bytecode::translator translator(detail::source_of(module));
    wasm::function_parser<bytecode::translator> parser(module.info, module.bytes, diagnostics,
                                                       detail::source_of(module));
    if (!detail::translate_locked(module, defined_function, parser, translator, diagnostics)) {
        return nullptr;
    }
    const std::span<const code_word> shared = module.bytecode[defined_function].words;
    code_word* const resolved = module.code[static_cast<std::size_t>(code.mode)]->allocate(shared.size());
    if (resolved == nullptr) {
        detail::report_no_memory(diagnostics);
        return nullptr;
    }
    bytecode::resolve_code(shared,
                           {module.ops->handlers[static_cast<std::size_t>(code.mode)], code.entries.get(),
                            module.type_numbers, module.object_indices, module.info},
                           resolved);
    const code_word* const first = resolved + bytecode::entry_of(shared);
    entry.publish(first);
    return first;
}

/// A place in resolved code.
struct code_location {
    const module_code* code = nullptr; ///< null where the address belongs to no function
    const function_code* tables = nullptr;
    std::uint32_t function = 0; ///< index in the module
    std::uint32_t word = 0;     ///< of the function, in either form
};

/// Whose code is at `pc`? Takes no lock. The caller keeps the module alive, in running it for example.
[[nodiscard, gnu::cold]] inline code_location locate_code(const engine_state& engine, const code_word* pc) noexcept {
    const code_chunk* const chunk = engine.code.find(pc);
    const code_word* const first = chunk == nullptr ? nullptr : chunk->function_at(pc);
    if (first == nullptr) {
        return {};
    }
    const module_data& module = *chunk->owner().module;
    const auto function = static_cast<std::uint32_t>(first[0]);
    const auto word = static_cast<std::uint32_t>(pc - first);
    const function_code& tables = module.bytecode[function - module.info.imported_functions];
    return word < tables.words.size() ? code_location{&chunk->owner(), &tables, function, word} : code_location{};
}

/// Translates every function now (compile_mode::eager). \returns false with the first refusal.
[[gnu::cold]] inline bool prepare_all(const module_data& module, wasm::diagnostics& diagnostics) {
    const std::lock_guard lock(module.mutex);
    bytecode::translator translator(detail::source_of(module));
    wasm::function_parser<bytecode::translator> parser(module.info, module.bytes, diagnostics,
                                                       detail::source_of(module));
    for (std::uint32_t i = 0; i < module.info.bodies.size(); ++i) {
        if (!detail::translate_locked(module, i, parser, translator, diagnostics)) {
            return false;
        }
    }
    return true;
}

} // namespace riser::inline v0::core::runtime
