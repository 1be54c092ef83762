#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace riser::inline v0_1::core::wasm {

/// The parts of the name section (appendix "Custom Sections") that diagnostics need.
class name_section_reader {
public:
    name_section_reader(std::span<const std::byte> module_bytes, byte_range section, const module_info& module) noexcept
        : reader_(module_bytes, section.offset, section.offset + section.size, errors_),
          functions_(module.functions.size()), names_(*module.memory) {}

    /// An ill-formed section is no error of the module, which then has no names. \returns false where there was no memory.
    [[nodiscard, gnu::cold]] bool read(module_info& module) {
        while (reader_.ok() && !reader_.at_end()) {
            const std::uint8_t id = reader_.read_u8();
            const std::uint32_t size = reader_.read_u32_leb();
            byte_reader subsection = reader_.take(size);
            if (id == module_name) {
                name_ = subsection.read_name();
            } else if (id == function_names) {
                read_function_names(subsection);
            }
        }
        if (reader_.ok()) {
            module.name = name_;
            module.function_names = std::move(names_);
        }
        return reader_.ok() || errors_.first().kind != diagnostic_kind::out_of_memory;
    }

private:
    static constexpr std::uint8_t module_name = 0;
    static constexpr std::uint8_t function_names = 1;

    [[gnu::cold]] void read_function_names(byte_reader& subsection) {
        const std::uint32_t count = subsection.read_u32_leb();
        reader_.require_memory(names_.try_resize(functions_));
        for (std::uint32_t i = 0; i < count && reader_.ok(); ++i) {
            const std::uint32_t function = subsection.read_u32_leb();
            const std::string_view name = subsection.read_name();
            if (function < functions_) {
                names_[function] = name;
            }
        }
    }

    diagnostics errors_; ///< apart from the module's
    byte_reader reader_;
    std::size_t functions_;
    std::string_view name_;
    vector<std::string_view> names_;
};

/// Takes the names of the module and its functions from the first custom section "name", if it is well-formed.
/// \returns false where there was no memory for them.
[[nodiscard, gnu::cold]] inline bool read_names(std::span<const std::byte> module_bytes, module_info& module) {
    for (const custom_section& section : module.custom_sections) {
        if (section.name == "name") {
            return name_section_reader(module_bytes, section.bytes, module).read(module);
        }
    }
    return true;
}

} // namespace riser::inline v0_1::core::wasm
