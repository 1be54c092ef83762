#pragma once

#include "riser/config.hpp"
#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/base/range.hpp"
#include "riser/core/execute/grow_memory.hpp"
#include "riser/core/store/attempted_access.hpp"
#include "riser/core/store/create.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/core/wasm/message.hpp"
#include "riser/memory.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace riser::inline v0_1 {

namespace core::runtime {

[[nodiscard]] inline memory_cell& cell_of(const riser::memory& handle) {
    return static_cast<memory_cell&>(handle.object());
}

[[nodiscard]] inline std::string_view view_of(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

[[nodiscard, gnu::cold, gnu::noinline]] inline trap out_of_bounds(std::uint64_t address, std::uint64_t bytes,
                                                                  std::uint64_t size) {
    return trap(trap_kind::memory_out_of_bounds, text_of({.width = bytes, .address = address}, size).view());
}
[[nodiscard, gnu::cold, gnu::noinline]] inline trap no_end_of_text(std::uint64_t address, std::uint64_t looked_at) {
    const text details = wasm::message{"no zero ends the text at 0x", wasm::hexadecimal(address), " within ", looked_at,
                                       looked_at == 1 ? " byte" : " bytes"}
                             .text();
    return trap(trap_kind::memory_out_of_bounds, details.view());
}

} // namespace core::runtime

RISER_INLINE memory_type memory::type() const { return core::runtime::current_type(core::runtime::cell_of(*this)); }
RISER_INLINE std::uint64_t memory::size() const { return core::runtime::cell_of(*this).size(); }
RISER_INLINE std::uint64_t memory::pages() const { return core::runtime::cell_of(*this).pages(); }
RISER_INLINE bool memory::is_guarded() const {
    return core::runtime::cell_of(*this).mode == core::memory::memory_mode::signaling;
}

RISER_INLINE std::span<std::byte> memory::data() const& {
    const core::runtime::memory_cell& cell = core::runtime::cell_of(*this);
    return {cell.base, core::cast<std::size_t>(cell.size())};
}
RISER_INLINE result<std::span<std::byte>> memory::try_range(std::uint64_t address, std::uint64_t size) const& {
    if (is_moved_from()) {
        return core::runtime::moved_from("memory");
    }
    const std::span<std::byte> all = data();
    if (!core::runtime::is_in_range(address, size, all.size())) {
        return core::runtime::out_of_bounds(address, size, all.size());
    }
    return all.subspan(core::cast<std::size_t>(address), core::cast<std::size_t>(size));
}

RISER_INLINE result<std::string_view> memory::try_view(std::uint64_t address, std::uint64_t size) const& {
    const result<std::span<std::byte>> range = try_range(address, size);
    if (!range) {
        return range.error();
    }
    return core::runtime::view_of(*range);
}

RISER_INLINE result<std::string_view> memory::try_c_string(std::uint64_t address, std::uint64_t max) const& {
    if (is_moved_from()) {
        return core::runtime::moved_from("memory");
    }
    const std::span<std::byte> all = data();
    if (address >= all.size()) {
        return core::runtime::out_of_bounds(address, 1, all.size());
    }
    const std::uint64_t left = all.size() - address;
    const std::uint64_t looked_at = max < left ? max + 1 : left;
    const std::string_view text =
        core::runtime::view_of(all.subspan(core::cast<std::size_t>(address), core::cast<std::size_t>(looked_at)));
    const std::size_t end = text.find('\0');
    if (end == std::string_view::npos) {
        return core::runtime::no_end_of_text(address, looked_at);
    }
    return text.substr(0, end);
}

RISER_INLINE result<void> memory::write_bytes(std::uint64_t address, std::span<const std::byte> bytes) const {
    const result<std::span<std::byte>> range = try_range(address, bytes.size());
    if (!range) {
        return range.error();
    }
    if (!bytes.empty()) {
        std::memmove(range->data(), bytes.data(), bytes.size()); // a view of the same memory may overlap
    }
    return {};
}

RISER_INLINE result<std::uint64_t> memory::try_grow(std::uint64_t pages) const {
    if (is_moved_from()) {
        return core::runtime::moved_from("memory");
    }
    const memory kept = *this; // from destructors of what may be collected
    core::runtime::memory_cell& cell = core::runtime::cell_of(kept);
    const std::int64_t before =
        core::runtime::grow_with_room(*cell.home, [&] { return core::runtime::grow_memory(cell, pages); });
    if (before < 0) {
        const std::uint64_t most = UINT64_MAX >> cell.page_size_log2;
        const std::uint64_t added = core::lesser(pages, most) << cell.page_size_log2;
        const std::uint64_t bytes = pages > most || added > UINT64_MAX - cell.size() ? UINT64_MAX : cell.size() + added;
        const bool is_reservation = cell.source == core::memory::memory_source::reservation;
        const resource_error::reason why =
            core::runtime::why_no_memory(*cell.home, bytes, added, cell.max_bytes, is_reservation);
        return core::runtime::resource_failure(
            why, {core::runtime::text_of(why), ": the memory cannot grow by ", pages, " pages"});
    }
    return static_cast<std::uint64_t>(before);
}

} // namespace riser::inline v0_1
