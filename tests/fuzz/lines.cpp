#include "targets.hpp"

#include "riser/dwarf/detail/line_program.hpp"
#include "riser/dwarf/detail/sections.hpp"

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

void find_some(const riser::dwarf::detail::sections& sections) {
    std::vector<std::uint32_t> offsets;
    for (std::size_t i = 0; i < sections.code_size; i += 1 + sections.code_size / 64) {
        offsets.push_back(static_cast<std::uint32_t>(sections.code_offset + i));
    }
    constexpr std::size_t longest = 2 * riser::dwarf::detail::longest_name + 1;
    for (const auto& found : riser::dwarf::detail::find_lines(sections, offsets)) {
        if (found && (found->file.empty() || found->file.size() > longest || found->line == 0)) {
            std::fprintf(stderr, "found in %zu characters of name, line %llu\n", found->file.size(),
                         static_cast<unsigned long long>(found->line));
            std::abort();
        }
    }
}

} // namespace

void fuzz::lines(std::span<const std::byte> bytes) {
    find_some(riser::dwarf::detail::find_sections(bytes));
    find_some({bytes, bytes, bytes, 0, 4096});
}
