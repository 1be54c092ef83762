#pragma once

#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/runtime/code.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace riser::inline v0::core::runtime {

struct engine_ops;
struct module_data;

/// An array of function entries: zero pages until somebody writes there.
struct free_entries {
    void operator()(function_entry* entries) const noexcept { std::free(entries); }
};
using entry_array = std::unique_ptr<function_entry[], free_entries>;

/// The functions of a module in one memory mode: entries, and the linked code behind them.
struct module_code {
    const module_data* module;
    memory::memory_mode mode;
    entry_array entries; ///< by defined function; zero until translated
    std::vector<std::unique_ptr<code_word[]>>
        blocks; ///< linked code by defined function; guarded by module_data::mutex
};

/// A compiled module, shared by any number of threads and instances. No memory mode in anything but `code`, which is made
/// on demand by the first instance of that mode.
struct module_data {
    std::vector<std::byte> bytes;
    wasm::module_info info;
    const engine_ops* ops = nullptr;
    std::vector<std::uint32_t> type_numbers; ///< engine-wide number of each type, by module type index

    mutable std::mutex mutex; ///< guards translation and linking; never taken by readers of code
    mutable std::vector<std::vector<code_word>> bytecode; ///< shared form by defined function; empty until translated
    mutable std::array<std::unique_ptr<module_code>, memory::memory_mode_count> code;
};

} // namespace riser::inline v0::core::runtime
