#pragma once

#include "riser/core/base/vector.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace riser::inline v0_1::core {

/// Text that is put together without throwing: of an error, for example. Where there is no memory for it, it is `lost`, whatever
/// is appended then, and what it becomes a part of is lost with it.
class text {
public:
    static constexpr char lost[] = "out of memory: no room for the message";

    text() noexcept = default;
    text(std::string_view characters) noexcept { append(characters); }
    text(const char* characters) noexcept { append(characters); }
    text(const text& other) noexcept { append(other); }
    text(text&&) noexcept = default;
    text& operator=(text other) noexcept {
        characters_.swap(other.characters_);
        is_lost_ = other.is_lost_;
        return *this;
    }
    ~text() = default;

    [[gnu::cold, gnu::noinline]] text& append(std::string_view characters) noexcept {
        is_lost_ = is_lost_ || characters.data() == lost ||
                   !characters_.try_reserve(characters_.size() + characters.size() + 1);
        if (!is_lost_) {
            static_cast<void>(characters_.try_append(characters.data(), characters.data() + characters.size()));
            characters_.data()[characters_.size()] = '\0';
        }
        return *this;
    }
    [[gnu::cold, gnu::noinline]] text& append(std::uint64_t number) noexcept {
        char digits[20]; // of the largest
        std::size_t first = sizeof digits;
        do {
            digits[--first] = static_cast<char>('0' + number % 10);
            number /= 10;
        } while (number != 0);
        return append(std::string_view(digits + first, sizeof digits - first));
    }

    [[nodiscard]] const char* c_str() const noexcept {
        return is_lost_ ? lost : characters_.empty() ? "" : characters_.data();
    }
    [[nodiscard]] std::string_view view() const noexcept {
        return is_lost_ ? std::string_view(lost) : std::string_view(c_str(), characters_.size());
    }
    operator std::string_view() const noexcept { return view(); }
    [[nodiscard]] bool is_lost() const noexcept { return is_lost_; }
    [[nodiscard]] bool empty() const noexcept { return view().empty(); }
    friend bool operator==(const text& a, std::string_view b) noexcept { return a.view() == b; }
    friend bool operator==(const text& a, const text& b) noexcept { return a.view() == b.view(); }

private:
    vector<char> characters_; ///< with room for a zero behind them
    bool is_lost_ = false;
};

} // namespace riser::inline v0_1::core
