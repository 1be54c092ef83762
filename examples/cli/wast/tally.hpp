#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace wast {

/// What became of a script's commands.
struct tally {
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t unread = 0;                       ///< of what failed, scripts that cannot be read
    std::map<std::string, std::size_t> skipped{}; ///< how many commands, by reason
    std::string text{}; ///< what to print: a line for each failure, and for each skip if asked

    void add(const tally& other) {
        passed += other.passed;
        failed += other.failed;
        unread += other.unread;
        for (const auto& [reason, count] : other.skipped) {
            skipped[reason] += count;
        }
    }

    [[nodiscard]] std::size_t all_skipped() const {
        std::size_t sum = 0;
        for (const auto& [reason, count] : skipped) {
            sum += count;
        }
        return sum;
    }
};

/// A line for each reason to skip, then "N passed, N failed, N skipped".
[[nodiscard]] inline std::string summary(const tally& of) {
    std::string text;
    for (const auto& [reason, count] : of.skipped) {
        text += "skipped: " + std::to_string(count) + " commands: " + reason + "\n";
    }
    return text + std::to_string(of.passed) + " passed, " + std::to_string(of.failed) + " failed, " +
           std::to_string(of.all_skipped()) + " skipped\n";
}

} // namespace wast
