#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/code/function_code.hpp"
#include "riser/core/code/word_pool.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/module/module_bytes.hpp"
#include "riser/core/module/module_code.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_facts.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::core::runtime {

struct engine_ops;
class function_compiler;
class module_tiers;

/// A compiled module, shared by any number of threads and instances. No memory mode in anything but `code`, which is made
/// on demand by the first instance of that mode.
struct module_data {
    /// What the module makes the engine keep comes from `source`, the engine's.
    explicit module_data(const allocator& source) noexcept
        : info(source), facts(source), type_numbers(source), bytecode_words(source), bytecode(source) {}

    module_bytes bytes;
    wasm::module_info info;
    wasm::module_facts facts; ///< unknown in compile_mode::lazy_validation
    const engine_ops* ops = nullptr;
    vector<std::uint32_t> type_numbers; ///< engine-wide number of each type, by module type index; counted

    /// Functions that references may refer to have a dense index: by defined function, or no_object.
    vector<std::uint32_t> object_indices;
    std::uint32_t object_count = 0;

    mutable std::mutex mutex;         ///< guards translating and resolving; never taken by readers of code
    mutable word_pool bytecode_words; ///< of `bytecode`
    /// What translates functions, from the first one on; see code_cache.hpp. Ends in destroy_module.
    mutable function_compiler* compiler = nullptr;
    mutable module_tiers* tiers =
        nullptr; ///< of engine_ops::tiering, from the first hot function on; ends in destroy_module
    mutable vector<function_code> bytecode; ///< shared form by defined function; empty until translated
    mutable std::array<module_code*, memory::memory_mode_count> code{}; ///< see code_for
};

/// A function's name from the name section, else its first export's; empty where it has none.
[[nodiscard, gnu::cold]] inline std::string_view name_of_function(const module_data& module,
                                                                  std::uint32_t index) noexcept {
    if (index < module.info.function_names.size() && !module.info.function_names[index].empty()) {
        return module.info.function_names[index];
    }
    const wasm::export_entry* const exported = module.info.first_export_of(wasm::external_kind::function, index);
    return exported == nullptr ? std::string_view() : exported->name;
}

} // namespace riser::inline v0_1::core::runtime
