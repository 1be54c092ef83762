#pragma once

#include "riser/config.hpp"
#include "riser/dwarf/detail/cursor.hpp"
#include "riser/dwarf/detail/file_names.hpp"
#include "riser/dwarf/detail/sections.hpp"
#include "riser/dwarf/source_location.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace riser::inline v0_1::dwarf::detail {

/// A row of the table that a line program makes, up to the next row's address.
struct row {
    std::uint64_t address = 0;
    std::uint64_t file = 1;
    std::uint64_t line = 1;
    std::uint64_t column = 0;
};

/// The addresses that are looked for, and what was found.
class search {
public:
    search(const sections& all, std::span<const std::uint32_t> offsets) : code_size_(all.code_size) {
        found_.resize(offsets.size());
        for (std::size_t i = 0; i < offsets.size(); ++i) {
            if (offsets[i] >= all.code_offset && offsets[i] - all.code_offset < all.code_size) {
                wanted_.emplace_back(offsets[i] - all.code_offset, i);
            }
        }
        std::sort(wanted_.begin(), wanted_.end());
    }

    [[nodiscard]] bool is_done() const noexcept { return wanted_.empty(); }
    [[nodiscard]] std::vector<std::optional<source_location>> take() noexcept { return std::move(found_); }

    /// A row covers what is in front of `end`.
    void cover(const row& from, std::uint64_t end, const file_names& names) {
        if (from.address >= end || end > code_size_ || from.line == 0) {
            return;
        }
        const auto by_address = [](const auto& one, std::uint64_t address) { return one.first < address; };
        const auto first = std::lower_bound(wanted_.begin(), wanted_.end(), from.address, by_address);
        const auto last = std::lower_bound(first, wanted_.end(), end, by_address);
        if (first == last) {
            return;
        }
        // Looked for no more, whether it has a name or not: else a name could be asked for as often as there are rows.
        if (const std::string file = names.path(from.file); !file.empty()) {
            for (auto one = first; one != last; ++one) {
                found_[one->second] = source_location{file, from.line, from.column};
            }
        }
        wanted_.erase(first, last);
    }

private:
    std::vector<std::pair<std::uint64_t, std::size_t>> wanted_; ///< address, and place among the offsets; sorted
    std::vector<std::optional<source_location>> found_;
    std::uint64_t code_size_;
};

/// The line program of one unit (DWARF 5, 6.2; versions 2 to 4 differ in the header only).
class line_program {
public:
    /// Reads the header. \param word 4, or 8 in the 64-bit form.
    line_program(const sections& all, std::span<const std::byte> unit, std::size_t word) noexcept : rest_(unit) {
        const std::uint64_t version = rest_.fixed(2);
        rest_.take(version >= 5 ? 2 : 0); // sizes of addresses and of segment selectors
        cursor header(rest_.take(rest_.fixed(word)));
        instruction_length_ = header.fixed(1);
        header.take(version >= 4 ? 1 : 0); // operations of a long instruction, which wasm has not
        header.take(1);                    // whether rows are statements at first
        const std::uint64_t base = header.fixed(1);
        line_base_ = base < 128 ? base : base - 256;
        line_range_ = header.fixed(1);
        opcode_base_ = header.fixed(1);
        operands_ = header.take(opcode_base_ == 0 ? 0 : opcode_base_ - 1);
        is_known_ = version >= 2 && version <= 5 && line_range_ != 0 && opcode_base_ != 0 && header.ok() && rest_.ok();
        names_ = file_names(all, header.take(header.left()), version, word);
    }

    /// Every instruction takes a byte at least, and makes a row at most.
    void run(search& looking) {
        while (is_known_ && rest_.ok() && !rest_.at_end() && !looking.is_done()) {
            const std::uint64_t opcode = rest_.fixed(1);
            if (opcode >= opcode_base_) {
                advance(opcode - opcode_base_);
                now_.line += line_base_ + (opcode - opcode_base_) % line_range_;
                end_row(looking);
            } else if (opcode == 0) {
                run_extended(looking);
            } else {
                run_standard(opcode, looking);
            }
        }
    }

private:
    void advance(std::uint64_t special) noexcept { now_.address += instruction_length_ * (special / line_range_); }

    void end_row(search& looking) {
        // Linkers leave functions that they drop at address 0, where no function can be, or behind the end.
        if (has_row_ && begin_ != 0) {
            looking.cover(last_, now_.address, names_);
        }
        begin_ = has_row_ ? begin_ : now_.address;
        has_row_ = true;
        last_ = now_;
    }

    void run_standard(std::uint64_t opcode, search& looking) {
        switch (opcode) {
        case 1: end_row(looking); break; // DW_LNS_copy
        case 2: now_.address += instruction_length_ * rest_.unsigned_leb(); break;
        case 3: now_.line += static_cast<std::uint64_t>(rest_.signed_leb()); break;
        case 4: now_.file = rest_.unsigned_leb(); break;
        case 5: now_.column = rest_.unsigned_leb(); break;
        case 8: advance(255 - opcode_base_); break; // DW_LNS_const_add_pc
        case 9: now_.address += rest_.fixed(2); break;
        default:
            for (auto left = std::to_integer<unsigned>(operands_[core::cast<std::size_t>(opcode - 1)]); left > 0;
                 --left) {
                rest_.unsigned_leb();
            }
        }
    }

    void run_extended(search& looking) {
        cursor operands(rest_.take(rest_.unsigned_leb()));
        switch (operands.fixed(1)) {
        case 1: // DW_LNE_end_sequence
            end_row(looking);
            now_ = {};
            has_row_ = false;
            break;
        case 2: now_.address = operands.fixed(operands.left() < 8 ? operands.left() : 8); break; // DW_LNE_set_address
        default: break;
        }
    }

    cursor rest_;
    std::uint64_t instruction_length_ = 0;
    std::uint64_t line_base_ = 0; ///< as if signed
    std::uint64_t line_range_ = 0;
    std::uint64_t opcode_base_ = 0;
    std::span<const std::byte> operands_; ///< how many each standard opcode has
    bool is_known_ = false;
    file_names names_;

    row now_;
    row last_;
    bool has_row_ = false;    ///< there is a last one in this sequence
    std::uint64_t begin_ = 0; ///< the address of the sequence's first row
};

/// Where the bytes at `offsets`, from the module's start, come from.
[[nodiscard]] inline std::vector<std::optional<source_location>> find_lines(const sections& all,
                                                                            std::span<const std::uint32_t> offsets) {
    search looking(all, offsets);
    cursor rest(all.line);
    while (rest.ok() && !rest.at_end() && !looking.is_done()) {
        constexpr std::uint64_t is_64_bit = 0xffff'ffff; // stands in front of a longer length
        const std::uint64_t length = rest.fixed(4);
        const std::size_t word = length == is_64_bit ? 8 : 4;
        line_program(all, rest.take(word == 8 ? rest.fixed(8) : length), word).run(looking);
    }
    return looking.take();
}

} // namespace riser::inline v0_1::dwarf::detail
