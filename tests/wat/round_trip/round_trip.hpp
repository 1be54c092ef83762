#pragma once

#include "wat/round_trip/normal_form.hpp"

#include "riser/wat/wat.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// The first lines that differ.
inline std::string difference_of_texts(std::string_view before, std::string_view after) {
    const auto [one, other] = std::mismatch(before.begin(), before.end(), after.begin(), after.end());
    const auto line_at = [](std::string_view text, std::size_t at) {
        const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
        return std::string(text.substr(begin, text.find('\n', at) - begin));
    };
    return "\"" + line_at(before, static_cast<std::size_t>(one - before.begin())) + "\" became \"" +
           line_at(after, static_cast<std::size_t>(other - after.begin())) + "\"";
}

/// What was lost, or is new; empty where nothing is.
inline std::string difference_of_modules(std::span<const std::byte> before, std::span<const std::byte> after) {
    const normal_form one(before);
    const normal_form other(after);
    if (!one.ok() || !other.ok()) {
        return one.ok() ? "what it became is malformed" : "it is malformed";
    }
    const auto [a, b] =
        std::mismatch(one.parts().begin(), one.parts().end(), other.parts().begin(), other.parts().end());
    if (a != one.parts().end() && b != other.parts().end() && a->title == b->title) {
        const auto [x, y] = std::mismatch(a->content.begin(), a->content.end(), b->content.begin(), b->content.end());
        return a->title + " differs at byte " + std::to_string(x - a->content.begin()) + " of its normal form";
    }
    return a != one.parts().end() ? a->title + " is lost" : b != other.parts().end() ? b->title + " is new" : "";
}

/// Why the module is not what its text becomes; empty where it is. The binary that was made is left in `made`.
inline std::string difference_after_round_trip(std::span<const std::byte> module, std::string_view text,
                                               std::vector<std::byte>& made) {
    const auto binary = riser::wat::try_to_binary(text);
    if (!binary) {
        return std::string("not read back: ") + binary.error().what();
    }
    made = *binary;
    if (std::string changed = difference_of_modules(module, made); !changed.empty()) {
        return changed;
    }
    const auto again = riser::wat::try_print(made);
    if (!again) {
        return std::string("not printed again: ") + again.error().what();
    }
    return text == *again ? std::string() : "printed again it differs: " + difference_of_texts(text, *again);
}

} // namespace test
