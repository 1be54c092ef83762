#include "targets.hpp"

#include "riser/wat/parse_error.hpp"
#include "riser/wat/script.hpp"

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <string_view>

void fuzz::script(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto commands = riser::wat::try_parse_script(text);
    if (commands) {
        return;
    }
    const auto refused = commands.error().as<riser::wat::parse_error>();
    if (!refused || refused->where().offset > text.size() || refused->description().empty()) {
        std::fprintf(stderr, "refused without a message or place: \"%s\"\n", commands.error().what());
        std::abort();
    }
}
