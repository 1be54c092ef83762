#include "printable.hpp"

#include "riser/wat/detail/print_text.hpp"

#include <algorithm>
#include <cstdio>

std::size_t cli::control_size(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    return first < 0x20 || first == 0x7f ? 1 : riser::wat::detail::unseen_size(text);
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

std::string cli::quoted(std::string_view name) {
    std::string text;
    bool is_plain = !name.empty();
    for (std::size_t i = 0; i < name.size();) {
        const std::size_t size = std::max<std::size_t>(control_size(name.substr(i)), 1);
        const std::string shown = printable(name.substr(i, size));
        const bool is_special = name[i] == '"' || name[i] == '\\';
        is_plain = is_plain && shown.size() == size && !is_special && name[i] != ' ' && name[i] != ',';
        text += (is_special ? "\\" : "") + shown;
        i += size;
    }
    return is_plain ? text : '"' + text + '"';
}
