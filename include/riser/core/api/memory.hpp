#pragma once

#include "riser/config.hpp"
#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/base/range.hpp"
#include "riser/core/execute/grow_memory.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/memory.hpp"

#include <cstddef>

namespace riser::inline v0_1 {

namespace core::runtime {

[[nodiscard]] inline memory_cell& cell_of(const riser::memory& handle) noexcept {
    return static_cast<memory_cell&>(handle.object());
}

} // namespace core::runtime

RISER_INLINE memory_type memory::type() const noexcept {
    return core::runtime::current_type(core::runtime::cell_of(*this));
}
RISER_INLINE std::uint64_t memory::size() const noexcept { return core::runtime::cell_of(*this).size(); }
RISER_INLINE std::uint64_t memory::pages() const noexcept { return core::runtime::cell_of(*this).pages(); }
RISER_INLINE bool memory::is_guarded() const noexcept {
    return core::runtime::cell_of(*this).mode == core::memory::memory_mode::signaling;
}

RISER_INLINE std::span<std::byte> memory::data() const noexcept {
    const core::runtime::memory_cell& cell = core::runtime::cell_of(*this);
    return {cell.base, core::cast<std::size_t>(cell.size())};
}
RISER_INLINE result<std::span<std::byte>> memory::try_range(std::uint64_t address, std::uint64_t size) const {
    if (!core::runtime::is_in_range(address, size, core::runtime::cell_of(*this).size())) {
        return trap(trap_kind::memory_out_of_bounds);
    }
    return data().subspan(core::cast<std::size_t>(address), core::cast<std::size_t>(size));
}

RISER_INLINE result<std::uint64_t> memory::try_grow(std::uint64_t pages) const {
    const std::int64_t before = core::runtime::grow_memory(core::runtime::cell_of(*this), pages);
    if (before < 0) {
        return core::runtime::resource_failure({"the memory cannot grow by ", pages, " pages"});
    }
    return static_cast<std::uint64_t>(before);
}

} // namespace riser::inline v0_1
