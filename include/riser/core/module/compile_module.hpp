#pragma once

#include "riser/core/bytecode/offsets.hpp"
#include "riser/core/module/code_cache.hpp"
#include "riser/core/module/compile_constants.hpp"
#include "riser/core/module/engine_parts.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/module/objects_on_demand.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"
#include "riser/engine_options.hpp"
#include "riser/error.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace riser::inline v0_1::core::runtime {

[[nodiscard, gnu::cold]] inline error to_error(const wasm::diagnostic& diagnostic) {
    compile_error::reason why = compile_error::reason::malformed;
    switch (diagnostic.kind) {
    case wasm::diagnostic_kind::out_of_memory: return resource_error("out of memory: no room for the module");
    case wasm::diagnostic_kind::malformed: why = compile_error::reason::malformed; break;
    case wasm::diagnostic_kind::invalid: why = compile_error::reason::invalid; break;
    case wasm::diagnostic_kind::unsupported: why = compile_error::reason::unsupported; break;
    case wasm::diagnostic_kind::limit: why = compile_error::reason::limit; break;
    }
    return compile_error(why, diagnostic.message, diagnostic.offset, diagnostic.function);
}

/// The end of a module, which may hold the last reference to its engine.
[[gnu::cold]] inline void destroy_module(const module_state* module) noexcept {
    const shared_ref<engine_state> engine = module->engine;
    if (module->tiers != nullptr) {
        engine->ops->tiering->end_module(*module);
    }
    registrar_of(*engine).release_types(module->info, module->type_numbers);
    function_compiler::free(module->compiler);
    destroy_object(engine->options.allocator, module);
}

/// Decodes and validates `bytes` and prepares what all instances share. \returns null with an error.
[[nodiscard, gnu::cold, gnu::noinline]] inline shared_ref<module_state>
compile_module(const shared_ref<engine_state>& engine, module_bytes&& bytes, compile_mode mode, error& failure) {
    auto module = shared_ref<module_state>::adopt(make_object<module_state>(engine->options.allocator, engine));
    if (!module) {
        failure = resource_error("out of memory: no room for the module");
        return {};
    }
    module->destroy = &destroy_module;
    module->ops = engine->ops;
    module->bytes = std::move(bytes);
    module->byte_offset = &bytecode::wasm_offset_of;
    wasm::diagnostics diagnostics;
    const std::span<const std::byte> view = module->bytes;
    const allocator& source = engine->options.allocator;
    const bool compiles_natively = mode == compile_mode::eager_native && engine->tiers != nullptr;
    const bool validates_first =
        mode == compile_mode::lazy_translation || (mode == compile_mode::eager_native && !compiles_natively);
    if (!wasm::decode_module(view, module->info, diagnostics) ||
        (validates_first && !wasm::validate_bodies(module->info, view, module->facts, diagnostics, source)) ||
        !constant_compiler(module->info, view, module->constants, diagnostics, source).run()) {
        failure = to_error(diagnostics.first());
        return {};
    }
    if (const wasm::export_entry* const exported = find_export(*module, "memory");
        exported != nullptr && exported->kind == wasm::external_kind::memory) {
        module->exported_memory = exported->index;
    }
    const numbering numbered = registrar_of(*engine).number_types(module->info, module->type_numbers);
    if (numbered != numbering::done) {
        failure = resource_error(numbered == numbering::too_many ? resource_error::reason::engine_limit
                                                                 : resource_error::reason::memory,
                                 text_of(numbered));
        return {};
    }
    if (!number_objects(*module) || !make_table_images(*module)) {
        failure = resource_error("out of memory: no room for the module");
        return {};
    }
    if (mode == compile_mode::eager && !prepare_all(*module, module->facts, diagnostics)) {
        failure = to_error(diagnostics.first());
        return {};
    }
    if (compiles_natively && !engine->ops->tiering->compile_all(*module, diagnostics)) {
        failure = to_error(diagnostics.first());
        return {};
    }
    return module;
}

} // namespace riser::inline v0_1::core::runtime
