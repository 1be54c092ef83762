#include "suggest.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace {

/// How many characters must be put in, left out, replaced or exchanged with their neighbour.
std::size_t distance(std::string_view from, std::string_view to) {
    std::vector<std::size_t> before_last(to.size() + 1);
    std::vector<std::size_t> last(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= from.size(); ++i) {
        before_last = std::exchange(last, row);
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const bool differ = from[i - 1] != to[j - 1];
            row[j] = std::min({row[j - 1] + 1, last[j] + 1, last[j - 1] + (differ ? 1 : 0)});
            if (i > 1 && j > 1 && differ && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row.back();
}

} // namespace

std::optional<std::string> cli::nearest(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t longest = 64; // of what a person mistypes
    std::optional<std::string> best;
    std::size_t least = std::min<std::size_t>(word.size() / 3 + 1, 3) + 1;
    for (const std::string& candidate : candidates) {
        if (word.size() > longest || candidate.size() > longest) {
            continue;
        }
        const bool continues = word.size() >= 4 && candidate.starts_with(word);
        const std::size_t longer = std::max(word.size(), candidate.size()) - std::min(word.size(), candidate.size());
        if (longer >= least && !continues) {
            continue; // far away, and there may be a million
        }
        const std::size_t far = continues ? 1 : distance(word, candidate);
        if (far < least) {
            least = far;
            best = candidate;
        }
    }
    return best;
}

std::string cli::suggestion(std::string_view word, std::span<const std::string> candidates) {
    const std::optional<std::string> meant = nearest(word, candidates);
    return meant ? "; did you mean '" + *meant + "'?" : std::string();
}
