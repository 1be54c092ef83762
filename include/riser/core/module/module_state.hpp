#pragma once

#include "riser/core/base/references.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/module/constants.hpp"
#include "riser/core/module/engine_state.hpp"
#include "riser/core/module/module_data.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace riser::inline v0_1::core::runtime {

/// A module as instantiation and the API need it: every module_data is one.
struct module_state : module_data {
    explicit module_state(const shared_ref<engine_state>& maker) noexcept
        : module_data(maker->options.allocator), engine(maker), constants(maker->options.allocator) {}
    module_state(const module_state&) = delete;
    module_state& operator=(const module_state&) = delete;
    ~module_state() {
        for (module_code* const made : code) {
            if (made != nullptr) {
                destroy_object(engine->options.allocator, made);
            }
        }
    }

    shared_ref<engine_state> engine;
    module_constants constants;
    std::optional<std::uint32_t> exported_memory; ///< index of the memory that is exported as "memory"
    /// Of the instruction with a word of a function's shared bytecode; see bytecode/offsets.hpp. Reached through a pointer,
    /// so that whoever prints a trap compiles no translator.
    std::optional<std::uint32_t> (*byte_offset)(const wasm::module_info&, std::span<const std::byte> bytes,
                                                std::uint32_t function, std::uint32_t word) = nullptr;
    mutable std::atomic<std::uint32_t> references{1};
    destroyer<module_state> destroy = nullptr;
};

[[nodiscard]] inline const module_state& state_of(const module_data& module) noexcept {
    return static_cast<const module_state&>(module);
}

/// The export `name`; null where there is none.
[[nodiscard, gnu::cold]] inline const wasm::export_entry* find_export(const module_state& module,
                                                                      std::string_view name) noexcept {
    const vector<std::uint32_t>& order = module.info.exports_by_name;
    for (std::size_t begin = 0, end = order.size(); begin < end;) {
        const std::size_t middle = begin + (end - begin) / 2;
        const wasm::export_entry& entry = module.info.exports[order[middle]];
        const int comparison = name.compare(entry.name);
        if (comparison == 0) {
            return &entry;
        }
        (comparison < 0 ? end : begin) = middle + (comparison < 0 ? 0 : 1);
    }
    return nullptr;
}

// Types of a module as the engine knows them: concrete heap types become engine-wide numbers.

[[nodiscard]] inline wasm::value_type engine_type(const module_data& module, wasm::value_type type) noexcept {
    if (!type.is_reference() || !type.heap().is_concrete()) {
        return type;
    }
    return wasm::value_type::reference(wasm::heap_type::concrete(module.type_numbers[type.heap().index()]),
                                       type.is_nullable());
}

[[nodiscard]] inline wasm::global_type engine_type(const module_data& module, const wasm::global_type& type) noexcept {
    return {engine_type(module, type.type), type.is_mutable};
}

[[nodiscard]] inline wasm::table_type engine_type(const module_data& module, const wasm::table_type& type) {
    wasm::table_type made = type;
    made.element = engine_type(module, type.element);
    return made;
}

} // namespace riser::inline v0_1::core::runtime

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/references.hpp"
#endif
