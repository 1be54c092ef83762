#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/bytecode/resolve_code.hpp"
#include "riser/core/bytecode/translator.hpp"
#include "riser/core/code/native_abi.hpp"
#include "riser/core/module/engine_ops.hpp"
#include "riser/core/module/module_data.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/wasm/module/validate_module.hpp"

#include <atomic>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <new>
#include <span>
#include <utility>

// A module's code as it comes into being: bytecode once per function, resolved code once per function and memory mode.

namespace riser::inline v0_1::core::runtime {

namespace detail {

[[nodiscard, gnu::cold]] inline const allocator& source_of(const module_data& module) noexcept {
    return state_of(module).engine->options.allocator;
}

} // namespace detail

/// Translates the functions of one module, one after the other: what parser and translator need stays from one to the next.
class function_compiler {
public:
    /// \returns null where there is no memory.
    [[nodiscard, gnu::cold]] static function_compiler* make(const module_data& module) noexcept {
        const allocator& source = detail::source_of(module);
        return make_object<function_compiler>(source, module, source);
    }
    /// \param compiler may be null
    [[gnu::cold]] static void free(function_compiler* compiler) noexcept {
        if (compiler != nullptr) {
            destroy_object(compiler->source_, compiler);
        }
    }

    /// What the functions do is told to `facts` from now on, which are unknown until all have been translated.
    [[nodiscard]] bool find_facts(wasm::fact_finder& facts) noexcept {
        translator_.facts = &facts;
        return facts.prepare(module_.info);
    }

    /// Makes the shared form of a function, if nobody has. The caller holds the module's mutex. \returns false where the body
    /// is refused, see `diagnostics`.
    [[nodiscard]] bool translate(std::uint32_t defined_function, wasm::diagnostics& diagnostics) {
        if (module_.bytecode.empty() &&
            !diagnostics.require_memory(module_.bytecode.try_resize(module_.info.bodies.size()))) {
            return false;
        }
        std::span<const code_word>& shared = module_.bytecode[defined_function].words;
        if (!shared.empty()) {
            return true;
        }
        if (!parser_.parse_function(defined_function + module_.info.imported_functions, translator_)) {
            diagnostics = std::exchange(diagnostics_, {});
            return false;
        }
        const vector<code_word>& words = translator_.words();
        code_word* const kept = module_.bytecode_words.allocate(words.size());
        if (!diagnostics.require_memory(kept != nullptr)) {
            return false;
        }
        std::memcpy(kept, words.data(), words.size() * sizeof(code_word));
        shared = {kept, words.size()};
        return true;
    }

    function_compiler(const module_data& module, const allocator& source) noexcept
        : module_(module), source_(source), translator_(source),
          parser_(module.info, module.bytes, diagnostics_, source) {}

private:
    const module_data& module_;
    const allocator& source_;
    wasm::diagnostics diagnostics_; ///< the parser's, which no caller outlives
    bytecode::translator translator_;
    wasm::function_parser<bytecode::translator> parser_;
};

namespace detail {

/// Bodies beyond this are rare, and the memory that they took is not kept for the next function.
inline constexpr std::uint32_t large_body = 1U << 16U;

/// The caller holds the module's mutex.
[[nodiscard, gnu::cold]] inline bool translate_one(const module_data& module, std::uint32_t defined_function,
                                                   wasm::diagnostics& diagnostics) {
    if (module.compiler == nullptr) {
        module.compiler = function_compiler::make(module);
    }
    if (!diagnostics.require_memory(module.compiler != nullptr)) {
        return false;
    }
    const bool translated = module.compiler->translate(defined_function, diagnostics);
    if (module.info.bodies[defined_function].bytes.size > large_body) {
        function_compiler::free(std::exchange(module.compiler, nullptr));
    }
    return translated;
}

} // namespace detail

/// From now on native code may call the functions: entries that have none lead to the routine that finds out what to do. The caller
/// holds the module's mutex.
[[gnu::cold]] inline void expect_native_calls(const module_code& code) noexcept {
    const native_services& services = state_of(*code.module).engine->ops->services();
    const wasm::module_info& module = code.module->info;
    for (std::uint32_t i = 0; i < module.bodies.size(); ++i) {
        const wasm::function_type& type = module.type_of_function(module.imported_functions + i);
        code.entries[i].expect_native_calls(
            reinterpret_cast<const void*>(services.call_unready[arguments_in_registers(type)]));
    }
}

/// The code of `module` for `mode`, made at first use; from then on without a lock. Thread-safe. \returns null where there is no
/// memory.
[[gnu::cold]] inline module_code* code_for(const module_data& module, memory::memory_mode mode) {
    const std::atomic_ref<module_code*> published(module.code[static_cast<std::size_t>(mode)]);
    if (module_code* const done = published.load(std::memory_order_acquire)) {
        return done;
    }
    const std::lock_guard lock(module.mutex);
    module_code* code = published.load(std::memory_order_relaxed);
    if (code == nullptr) {
        const allocator& source = detail::source_of(module);
        entry_array entries(source, module.info.bodies.size());
        if (entries.get() != nullptr) {
            code = make_object<module_code>(source, module, mode, std::move(entries), state_of(module).engine->code,
                                            source);
            if (code != nullptr && module.tiers != nullptr) {
                expect_native_calls(*code);
            }
            published.store(code, std::memory_order_release);
        }
    }
    return code;
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
    if (!detail::translate_one(module, defined_function, diagnostics)) {
        return nullptr;
    }
    const std::span<const code_word> shared = module.bytecode[defined_function].words;
    code_word* const resolved = module.code[static_cast<std::size_t>(code.mode)]->allocate(shared.size());
    if (!diagnostics.require_memory(resolved != nullptr)) {
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

/// Whose bytecode is at `pc`? Takes no lock. The caller keeps the module alive, in running it for example.
[[nodiscard, gnu::cold]] inline code_location locate_code(const engine_state& engine, const code_word* pc) noexcept {
    const code_region* const region = engine.code.find(pc);
    if (region == nullptr || region->kind != code_kind::bytecode) {
        return {};
    }
    const auto* const chunk = static_cast<const code_chunk*>(region);
    const code_word* const first = chunk->function_at(pc);
    if (first == nullptr) {
        return {};
    }
    const module_data& module = *chunk->owner().module;
    const auto function = static_cast<std::uint32_t>(first[0]);
    const auto word = static_cast<std::uint32_t>(pc - first);
    const function_code& tables = module.bytecode[function - module.info.imported_functions];
    return word < tables.words.size() ? code_location{&chunk->owner(), &tables, function, word} : code_location{};
}

/// Translates every function now (compile_mode::eager), in the pass that validates them, and finds `facts`, which are new.
/// \returns false with an error. A body that is invalid is reported before one that cannot be translated.
[[nodiscard, gnu::cold]] inline bool prepare_all(const module_data& module, wasm::module_facts& facts,
                                                 wasm::diagnostics& diagnostics) {
    const allocator& source = detail::source_of(module);
    const std::lock_guard lock(module.mutex);
    wasm::fact_finder finder(facts);
    function_compiler* const compiler = function_compiler::make(module);
    if (!diagnostics.require_memory(compiler != nullptr && compiler->find_facts(finder))) {
        function_compiler::free(compiler);
        return false;
    }
    bool translated = true;
    for (std::uint32_t i = 0; translated && i < module.info.bodies.size(); ++i) {
        translated = compiler->translate(i, diagnostics);
    }
    function_compiler::free(compiler);
    if (translated) {
        finder.finish();
        return true;
    }
    wasm::module_facts none(source);
    wasm::diagnostics validation;
    if (!wasm::validate_bodies(module.info, module.bytes, none, validation, source)) {
        diagnostics = validation;
    }
    return false;
}

} // namespace riser::inline v0_1::core::runtime
