#include "messages.hpp"

#include <algorithm>
#include <array>

namespace wast {
namespace {

struct equivalence {
    std::string_view expected; ///< begins the script's message
    std::string_view actual;   ///< begins riser's message
};

// Pairs that mean the same module is refused for the same flaw.
constexpr std::array<equivalence, 8> equivalences{{
    // These scripts state the size of a section or body wrongly, so that it cuts off what the message is about. The
    // reference interpreter reads on and compares the size afterwards; riser reads within the size.
    {"integer representation too long", "unexpected end of section or function"},
    {"integer too large", "unexpected end of section or function"},
    {"length out of bounds", "unexpected end of section or function"},
    {"malformed limits flags", "unexpected end of section or function"},
    {"section size mismatch", "END opcode expected"},
    // The same in the code section: riser parses bodies after the module's structure, where the excess is met first.
    {"integer representation too long", "malformed section id"},
    {"integer too large", "malformed section id"},
    // The proposal's script and its form in JSON have different words for memories whose page sizes differ.
    {"incompatible import type", "memory types incompatible"},
}};

} // namespace

bool message_matches(std::string_view expected, std::string_view actual) {
    if (actual.empty()) {
        return false;
    }
    if (actual.starts_with(expected) || expected.starts_with(actual)) {
        return true;
    }
    return std::any_of(equivalences.begin(), equivalences.end(), [&](const equivalence& each) {
        return expected.starts_with(each.expected) && actual.starts_with(each.actual);
    });
}

} // namespace wast
