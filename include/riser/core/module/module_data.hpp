#pragma once

#include "riser/core/base/owner.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

namespace riser::inline v0::core::runtime {

struct engine_ops;
struct module_data;

/// An array of function entries. calloc leaves large ones untouched: the pages of functions that never run are never made.
class entry_array {
public:
    [[gnu::cold]] explicit entry_array(std::size_t count) noexcept
        : first_(static_cast<function_entry*>(std::calloc(count == 0 ? 1 : count, sizeof(function_entry)))) {}
    entry_array(entry_array&& other) noexcept : first_(std::exchange(other.first_, nullptr)) {}
    entry_array& operator=(entry_array&&) = delete;
    ~entry_array() { std::free(first_); }

    /// Null where there was no memory.
    [[nodiscard]] function_entry* get() const noexcept { return first_; }
    [[nodiscard]] function_entry& operator[](std::size_t i) const noexcept { return first_[i]; }

private:
    function_entry* first_;
};

/// The functions of a module in one memory mode: entries, and the linked code behind them.
struct module_code {
    const module_data* module;
    memory::memory_mode mode;
    entry_array entries;              ///< by defined function; zero until translated
    vector<vector<code_word>> blocks; ///< linked code by defined function; guarded by module_data::mutex
};

/// A compiled module, shared by any number of threads and instances. No memory mode in anything but `code`, which is made
/// on demand by the first instance of that mode.
struct module_data {
    std::vector<std::byte> bytes;
    wasm::module_info info;
    const engine_ops* ops = nullptr;
    vector<std::uint32_t> type_numbers; ///< engine-wide number of each type, by module type index

    /// Functions that references may refer to have a dense index: by defined function, or no_object.
    vector<std::uint32_t> object_indices;
    std::uint32_t object_count = 0;
    static constexpr std::uint32_t no_object = UINT32_MAX;

    mutable std::mutex mutex;                   ///< guards translation and linking; never taken by readers of code
    mutable vector<vector<code_word>> bytecode; ///< shared form by defined function; empty until translated
    mutable std::array<owner<module_code>, memory::memory_mode_count> code;
};

/// A function's name from the name section, else its first export's; empty where it has none.
[[nodiscard, gnu::cold]] inline std::string_view name_of_function(const module_data& module,
                                                                  std::uint32_t index) noexcept {
    if (index < module.info.function_names.size() && !module.info.function_names[index].empty()) {
        return module.info.function_names[index];
    }
    for (const wasm::export_entry& entry : module.info.exports) {
        if (entry.kind == wasm::external_kind::function && entry.index == index) {
            return entry.name;
        }
    }
    return {};
}

} // namespace riser::inline v0::core::runtime
