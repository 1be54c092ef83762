#pragma once

#include "riser/core/base/owner.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/code/code.hpp"
#include "riser/core/memory/linear_memory.hpp"
#include "riser/core/module/module_bytes.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <string_view>
#include <utility>

namespace riser::inline v0::core::runtime {

struct engine_ops;
struct module_data;

/// An array of function entries. Allocators that hand out large blocks untouched keep it so: the pages of functions that
/// never run are never made.
class entry_array {
public:
    [[gnu::cold]] entry_array(const allocator& source, std::size_t count) noexcept
        : source_(&source), bytes_((count == 0 ? 1 : count) * sizeof(function_entry)),
          first_(static_cast<function_entry*>(source.allocate(source.user, bytes_, alignof(function_entry)))) {}
    entry_array(entry_array&& other) noexcept
        : source_(other.source_), bytes_(other.bytes_), first_(std::exchange(other.first_, nullptr)) {}
    entry_array& operator=(entry_array&&) = delete;
    ~entry_array() {
        if (first_ != nullptr) {
            source_->deallocate(source_->user, first_, bytes_, alignof(function_entry));
        }
    }

    /// Null where there was no memory.
    [[nodiscard]] function_entry* get() const noexcept { return first_; }
    [[nodiscard]] function_entry& operator[](std::size_t i) const noexcept { return first_[i]; }

private:
    const allocator* source_;
    std::size_t bytes_;
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
    /// What the module makes the engine keep comes from `source`, the engine's.
    explicit module_data(const allocator& source) noexcept : info(source), type_numbers(source), bytecode(source) {}

    module_bytes bytes;
    wasm::module_info info;
    const engine_ops* ops = nullptr;
    vector<std::uint32_t> type_numbers; ///< engine-wide number of each type, by module type index; counted

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
