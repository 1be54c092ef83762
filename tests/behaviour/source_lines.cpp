// Source lines of traps, and debug information that is wrong on purpose: what cannot be read is passed over.
#include "engines/engines.hpp"
#include "riser/dwarf/line_table.hpp"
#include "riser/engine.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "riser/trap.hpp"
#include "support/wat.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using bytes = std::vector<std::uint8_t>;

const riser::engine_base& engine() {
    static const test::engine_pointer made = test::make_engine("bounds-checking");
    return *made;
}

std::string place(const std::optional<riser::dwarf::source_location>& at) {
    return at ? at->file + ":" + std::to_string(at->line) + ":" + std::to_string(at->column) : "";
}

/// A line program for a function of ten `nop`s, whose first is 3 bytes behind the beginning of the code section's contents.
struct line_section {
    std::uint16_t version = 4;
    std::uint8_t line_range = 14;
    std::uint8_t opcode_base = 13;
    bool is_64_bit = false;
    std::uint32_t header_excess = 0; ///< by which the header's length is too large
    std::uint32_t excess = 0;        ///< by which the unit's is
    bytes names = {'d', 0, 0, 'a', '.', 'c', 0, 1, 0, 0, 0};
    // Address 3 is line 2, column 7; address 5 line 4, up to address 13.
    bytes program = {0, 5, 2, 3, 0, 0, 0, 5, 7, 19, 13 + 2 * 14 + 7, 2, 8, 0, 1, 1};

    [[nodiscard]] bytes section() const {
        bytes header = {1};
        if (version >= 4) {
            header.push_back(1);
        }
        header.insert(header.end(), {1, 0xfb, line_range, opcode_base});
        const bytes operands = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
        header.insert(header.end(), operands.begin(), operands.end());
        header.insert(header.end(), names.begin(), names.end());

        bytes unit = {static_cast<std::uint8_t>(version), static_cast<std::uint8_t>(version >> 8U)};
        if (version >= 5) {
            unit.insert(unit.end(), {4, 0});
        }
        append(unit, header.size() + header_excess);
        unit.insert(unit.end(), header.begin(), header.end());
        unit.insert(unit.end(), program.begin(), program.end());
        bytes all = is_64_bit ? bytes{0xff, 0xff, 0xff, 0xff} : bytes{};
        append(all, unit.size() + excess);
        all.insert(all.end(), unit.begin(), unit.end());
        return all;
    }

private:
    void append(bytes& to, std::uint64_t value) const {
        for (unsigned i = 0; i < (is_64_bit ? 8U : 4U); ++i) {
            to.push_back(static_cast<std::uint8_t>(value >> 8U * i));
        }
    }
};

std::string escaped(const bytes& section) {
    std::string text;
    for (const std::uint8_t byte : section) {
        text += '\\';
        text += "0123456789abcdef"[byte >> 4U];
        text += "0123456789abcdef"[byte & 15U];
    }
    return text;
}

/// What is found for the ten instructions, by place, with how many follow each other: "d/a.c:2:7 x 2".
std::string lines_of(const bytes& section) {
    const std::string text = "(module (func nop nop nop nop nop nop nop nop nop nop) (@custom \".debug_line\" \"" +
                             escaped(section) + "\"))";
    const riser::module module = riser::module::compile(engine(), test::wat(text));
    const riser::dwarf::line_table lines(module);
    std::string all;
    std::string last;
    unsigned count = 0;
    for (std::uint32_t offset = 0; offset <= module.bytes().size(); ++offset) {
        const std::string now = offset < module.bytes().size() ? place(lines.find(offset)) : "";
        if (now != last && !last.empty()) {
            all += last + " x " + std::to_string(count) + "; ";
        }
        count = now == last ? count + 1 : 1;
        last = now;
    }
    return all;
}

constexpr std::string_view good = "d/a.c:2:7 x 2; d/a.c:4:7 x 8; ";

} // namespace

TEST_CASE("a trap's frames have lines, in DWARF 2 to 5") {
    for (const unsigned version : {2U, 3U, 4U, 5U}) {
        CAPTURE(version);
        const std::string file = std::string(RISER_TESTS "/cli/guests/lines-dwarf") + std::to_string(version) + ".wasm";
        const riser::module module = riser::module::load(engine(), file);
        riser::store store(engine());
        const riser::instance app = riser::linker(engine()).instantiate(store, module);
        const auto ended = app.function<std::int32_t(std::int32_t)>("run").try_call(7);
        REQUIRE(!ended);
        const auto trap = ended.error().as<riser::trap>();
        REQUIRE(trap);
        std::vector<std::uint32_t> offsets;
        for (const riser::trap_frame& frame : trap->backtrace()) {
            offsets.push_back(frame.offset);
        }
        offsets.push_back(0);
        const riser::dwarf::line_table lines(module);
        CHECK(!lines.empty());
        const auto found = lines.find(offsets);
        const std::string folder = version == 5 ? "/source/" : "";
        REQUIRE(found.size() == 4);
        CHECK(place(found[0]) == folder + "lines.c:3:14");
        CHECK(place(found[1]) == folder + "lines.c:9:16");
        CHECK(place(found[2]) == folder + "lines.c:15:12");
        CHECK(place(found[3]).empty());
    }
}

TEST_CASE("a module without debug information has no lines") {
    const riser::dwarf::line_table lines(riser::module::compile(engine(), test::wat("(module (func nop))")));
    CHECK(lines.empty());
    CHECK(!lines.find(20));
}

TEST_CASE("line programs that are well-formed") {
    CHECK(lines_of(line_section().section()) == good);
    CHECK(lines_of(line_section{.version = 3}.section()) == good);
    CHECK(lines_of(line_section{.is_64_bit = true}.section()) == good);
    // Entries of version 5: a directory as a text, and a file with a checksum.
    bytes names = {1, 1, 8, 1, 'd', 0, 3, 1, 8, 2, 11, 5, 30, 2, 'x', 0, 0};
    names.insert(names.end(), 16, 0);
    names.insert(names.end(), {'a', '.', 'c', 0, 0});
    names.insert(names.end(), 16, 0);
    CHECK(lines_of(line_section{.version = 5, .names = names}.section()) == good);
    // A unit that nobody knows does not hide the next.
    bytes two = line_section{.version = 6}.section();
    const bytes second = line_section().section();
    two.insert(two.end(), second.begin(), second.end());
    CHECK(lines_of(two) == good);
}

TEST_CASE("functions that the linker dropped, at address 0 or beyond the code, have no lines") {
    CHECK(lines_of(line_section{.program = {0, 5, 2, 0, 0, 0, 0, 19, 2, 12, 0, 1, 1}}.section()).empty());
    CHECK(lines_of(line_section{.program = {0, 5, 2, 3, 0, 0, 0, 19, 2, 99, 0, 1, 1}}.section()).empty());
    CHECK(lines_of(line_section{.program = {0, 5, 2, 0xff, 0xff, 0xff, 0xff, 19, 2, 12, 0, 1, 1}}.section()).empty());
}

TEST_CASE("line programs that are malformed have no lines") {
    const line_section attempts[] = {
        {.version = 0},
        {.version = 1},
        {.version = 6},
        {.version = 0xffff},
        {.line_range = 0},
        {.opcode_base = 0},
        {.header_excess = 1000},
        {.header_excess = 0xffff'ff00},
        {.excess = 1},
        {.excess = 0xffff'ff00},
        {.is_64_bit = true, .excess = 1},
        {.names = {}},
        {.names = {'d', 0, 0, 'a'}},                                           // a name without end
        {.names = {'d', 0, 0, 'a', 0, 0xff}},                                  // a number without end
        {.version = 5, .names = {1, 1, 8, 0xff, 0xff, 0xff, 0xff, 0x7f, 'd'}}, // more directories than bytes
        {.version = 5,
         .names = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0, 0xff, 0xff, 0x7f}}, // of no bytes
        {.version = 5, .names = {1, 1, 0x1f, 1, 0xff, 0xff, 0xff, 0xff}},     // a name beyond the section of names
        {.version = 5, .names = {1, 1, 0x99, 1, 'd', 0, 1, 1, 8, 1, 'a', 0}}, // a form that nobody knows
        {.program = {0, 5, 2, 3, 0, 0, 0, 4, 0xff, 0xff, 0x7f, 19, 2, 8, 0, 1, 1}}, // a file that is not there
        {.program = {0, 0xff, 0xff, 0xff, 0x7f, 1}},                                // an operation beyond the end
        {.program = {3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
        {.names = {'d', 0, 0, 'a', 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0, 0,
                   0}}, // eleven bytes
    };
    for (const line_section& each : attempts) {
        CAPTURE(escaped(each.section()));
        CHECK(lines_of(each.section()).empty());
    }
    bytes long_name(5000, 'x');
    long_name.insert(long_name.begin(), {'d', 0, 0});
    long_name.insert(long_name.end(), {0, 1, 0, 0, 0});
    CHECK(lines_of(line_section{.names = long_name}.section()).empty());
}

TEST_CASE("what a section says is cut off or changed anywhere") {
    const bytes whole = line_section().section();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        lines_of(bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
    }
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const unsigned change : {0x01U, 0x7fU, 0x80U, 0xffU}) {
            bytes changed = whole;
            changed[at] = static_cast<std::uint8_t>(changed[at] ^ change);
            const std::string found = lines_of(changed);
            CHECK(found.find(":0:") == std::string::npos);
        }
    }
}
