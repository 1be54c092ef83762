#pragma once

/// Source lines of a module that was compiled with debug information (DWARF for WebAssembly, versions 2 to 5).
///
///     riser::dwarf::line_table lines(module);
///     for (const riser::trap_frame& frame : trap.backtrace()) {
///         if (const auto at = lines.find(frame.offset)) { report(at->file, at->line, at->column); }
///     }
///
/// The engine does not need this; whoever includes it compiles it.
#include "riser/dwarf/detail/line_program.hpp"
#include "riser/dwarf/detail/sections.hpp"
#include "riser/dwarf/source_location.hpp"
#include "riser/module.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace riser::inline v0_1::dwarf {

/// Finds source lines in `.debug_line`, `.debug_line_str` and `.debug_str`, which it reads when it is asked, and keeps nothing of. What
/// a module says there is never trusted: malformed parts are passed over, and a search takes time in proportion to the bytes of
/// the sections, and memory to what is asked for. May be used by any number of threads.
class line_table {
public:
    /// Keeps the module's bytes alive. A module that was moved from is a usage_error.
    explicit line_table(riser::module of) : module_(std::move(of)), sections_(detail::find_sections(module_.bytes())) {}

    // No move empties it: the sections lie in the module.
    line_table(const line_table&) noexcept = default;
    line_table& operator=(const line_table&) noexcept = default;
    ~line_table() = default;

    /// Is there anything to find lines in?
    [[nodiscard]] bool empty() const noexcept { return sections_.line.empty(); }

    /// Where the instruction at `offset` comes from, which counts bytes from the module's start, as trap_frame::offset does (and not, as
    /// in DWARF, from the code section's contents). Empty where that is not known.
    [[nodiscard]] std::optional<source_location> find(std::uint32_t offset) const {
        return std::move(find(std::span(&offset, 1)).front());
    }

    /// The same for many, in their order, in one pass over the section.
    [[nodiscard]] std::vector<std::optional<source_location>> find(std::span<const std::uint32_t> offsets) const {
        return detail::find_lines(sections_, offsets);
    }

private:
    riser::module module_;
    detail::sections sections_;
};

} // namespace riser::inline v0_1::dwarf
