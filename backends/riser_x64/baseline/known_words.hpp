#pragma once

#include "riser_x64/baseline/values.hpp"

#include <array>
#include <cstdint>

namespace riser::inline v0_1::x64 {

/// What memory 0 has at some addresses, where a register has it, too, or it is a constant: values that were stored or loaded there. An address is that
/// in a local, and an offset. Code that was not optimized keeps all its variables in memory.
class known_words {
public:
    void clear() noexcept { count_ = 0; }
    /// A register gets another value.
    void note_written(reg r) noexcept { intact_ &= ~bit(r); }

    /// The value of that type at the address: a constant, or in a register, whoever owns that; null where it is not known.
    [[nodiscard]] const value* find(std::uint32_t local, std::uint32_t offset, kind type) const noexcept {
        for (std::uint32_t i = 0; i < count_; ++i) {
            const word& each = words_[i];
            if (each.local == local && each.offset == offset && each.what.type == type && is_intact(each)) {
                return &each.what;
            }
        }
        return nullptr;
    }

    /// The address has the value, which is a constant or in a register.
    void note(std::uint32_t local, std::uint32_t offset, const value& what) noexcept {
        keep([&](const word& each) { return is_intact(each) && (each.local != local || each.offset != offset); });
        if (!what.is_constant()) {
            intact_ |= bit(what.r);
        }
        const std::uint32_t to = count_ < most ? count_++ : next_++ % most;
        words_[to] = {local, offset, what};
    }

    /// So many bytes at the address change: what does not surely lie beside them may have changed.
    void note_store(std::uint32_t local, std::uint32_t offset, std::uint32_t bytes) noexcept {
        keep([&](const word& each) {
            return each.local == local && (std::uint64_t{offset} + bytes <= each.offset ||
                                           std::uint64_t{each.offset} + bytes_of(each.what.type) <= offset);
        });
    }
    /// The local changes.
    void forget(std::uint32_t local) noexcept {
        keep([&](const word& each) { return each.local != local; });
    }

    [[nodiscard]] static constexpr std::uint32_t bytes_of(kind type) noexcept {
        return width_of(type) == width::w32 ? 4 : 8;
    }

private:
    static constexpr std::uint32_t most = 8;

    struct word {
        std::uint32_t local = 0;
        std::uint32_t offset = 0;
        value what;
    };

    [[nodiscard]] bool is_intact(const word& each) const noexcept {
        return each.what.is_constant() || (intact_ & bit(each.what.r)) != 0;
    }
    template <class Predicate>
    void keep(Predicate&& wanted) noexcept {
        for (std::uint32_t i = count_; i-- != 0;) {
            if (!wanted(words_[i])) {
                words_[i] = words_[--count_];
            }
        }
    }

    std::array<word, most> words_;
    std::uint32_t count_ = 0;
    std::uint32_t next_ = 0; ///< to be replaced
    reg_set intact_ = 0;     ///< registers of words that were not written since
};

} // namespace riser::inline v0_1::x64
