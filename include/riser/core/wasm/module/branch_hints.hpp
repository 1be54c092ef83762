#pragma once

#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/byte_reader.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace riser::inline v0_1::core::wasm {

/// The custom section "metadata.code.branch_hint" (appendix "Code Metadata" of the branch hinting proposal): functions
/// in the order of their indices, each with its hints in the order of their offsets.
class branch_hint_section_reader {
public:
    branch_hint_section_reader(std::span<const std::byte> module_bytes, byte_range section,
                               const module_info& module) noexcept
        : module_(&module), reader_(module_bytes, section.offset, section.offset + section.size, errors_),
          hints_(*module.memory) {}

    /// An ill-formed section is no error of the module, which then has no hints. \returns false where there was no memory.
    [[nodiscard]] bool read(module_info& module) {
        for (std::uint32_t count = reader_.read_count("functions", limits::functions); count != 0 && reader_.ok();
             --count) {
            read_function();
        }
        if (reader_.ok() && reader_.at_end()) {
            module.branch_hints = std::move(hints_);
        }
        return reader_.ok() || errors_.first().kind != diagnostic_kind::out_of_memory;
    }

private:
    void read_function() {
        const std::uint32_t function = reader_.read_u32_leb();
        if (function < next_function_ || function >= module_->functions.size() ||
            function < module_->imported_functions) {
            reader_.malformed("unexpected function");
            return;
        }
        next_function_ = function + 1;
        const byte_range body = module_->bodies[function - module_->imported_functions].bytes;
        std::uint32_t next_offset = 0;
        for (std::uint32_t count = reader_.read_count("hints", limits::function_size); count != 0; --count) {
            const std::uint32_t offset = reader_.read_u32_leb(); // from the declarations of locals
            const std::uint32_t size = reader_.read_u32_leb();
            const std::uint8_t value = reader_.read_u8();
            if (offset < next_offset || offset >= body.size || size != 1 || value > 1) {
                reader_.malformed("unexpected hint");
            }
            if (!reader_.ok()) {
                return;
            }
            next_offset = offset + 1;
            reader_.require_memory(hints_.try_push_back(module_info::pack_hint(body.offset + offset, value != 0)));
        }
    }

    const module_info* module_;
    diagnostics errors_; ///< apart from the module's
    byte_reader reader_;
    std::uint32_t next_function_ = 0;
    vector<std::uint32_t> hints_;
};

/// Takes the hints of the first custom section of that name, wherever it is, if it is well-formed and all of its hints
/// lie in bodies of the module. Whether operators that know hints are there, nobody looks.
/// \returns false where there was no memory for them.
[[nodiscard, gnu::cold]] inline bool read_branch_hints(std::span<const std::byte> module_bytes, module_info& module) {
    for (const custom_section& section : module.custom_sections) {
        if (section.name == "metadata.code.branch_hint") {
            return branch_hint_section_reader(module_bytes, section.bytes, module).read(module);
        }
    }
    return true;
}

} // namespace riser::inline v0_1::core::wasm
