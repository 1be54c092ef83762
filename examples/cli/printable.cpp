#include "printable.hpp"

#include <cstdio>

std::size_t cli::control_size(std::string_view text) {
    const auto at = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    if (at(0) < 0x20 || at(0) == 0x7f) {
        return 1;
    }
    if (at(0) == 0xc2 && at(1) >= 0x80 && at(1) < 0xa0) {
        return 2;
    }
    const unsigned last = at(2);
    const bool is_mark = at(1) == 0x80 && (last == 0x8e || last == 0x8f || (last >= 0xa8 && last <= 0xae));
    const bool is_isolate = at(1) == 0x81 && last >= 0xa6 && last <= 0xaf;
    return at(0) == 0xe2 && (is_mark || is_isolate) ? 3 : 0;
}

std::string cli::printable(std::string_view name) {
    std::string text;
    for (std::size_t i = 0; i < name.size();) {
        const std::size_t end = i + control_size(name.substr(i));
        if (end == i) {
            text += name[i++];
        }
        for (; i < end; ++i) {
            char escaped[5];
            std::snprintf(escaped, sizeof escaped, "\\x%02x",
                          static_cast<unsigned>(static_cast<unsigned char>(name[i])));
            text += escaped;
        }
    }
    return text;
}
