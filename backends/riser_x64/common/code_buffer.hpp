#pragma once

#include "riser/core/base/vector.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace riser::inline v0_1::x64 {

/// A place in code that may be jumped to before it is known. Jumps to a place that is known are as short as they can be,
/// others have a distance of 32 bits.
class label {
public:
    [[nodiscard]] bool is_bound() const noexcept { return is_bound_; }
    /// Whether something leads to it, of a label that is not bound.
    [[nodiscard]] bool is_used() const noexcept { return place_ != none; }
    /// Where it is, counted in bytes from the code's begin. Only of a bound label.
    [[nodiscard]] std::uint32_t offset() const noexcept {
        assert(is_bound_);
        return place_;
    }

private:
    friend class code_buffer;
    static constexpr std::uint32_t none = UINT32_MAX;

    std::uint32_t place_ =
        none; // until it is bound, of the newest distance to it; each of them holds the place of the one before
    bool is_bound_ = false;
};

/// A place close ahead: all jumps to it come before it, within 127 bytes, and take two bytes. The code has failed if not.
class short_label {
    friend class code_buffer;
    static constexpr std::uint32_t none = UINT32_MAX;

    std::uint32_t place_ =
        none; // of the newest distance to it; each of them holds how far before it the previous one is
};

enum class code_failure : std::uint8_t { none, out_of_memory, too_long, short_jump_too_far };

/// Machine code as it is written: it can be moved as bytes, since nothing in it is absolute. Where there is no memory for more,
/// what is written goes nowhere, and the buffer has failed, which is asked once, when all is written.
class code_buffer {
public:
    /// Any instruction may be written where cursor() points; nothing needs more.
    static constexpr std::size_t room = 32;
    /// So that every distance fits 32 bits.
    static constexpr std::size_t most_bytes = std::size_t{1} << 30;

    /// `source` outlives the buffer.
    explicit code_buffer(const core::allocator& source) noexcept : bytes_(source) { clear(); }
    code_buffer(const code_buffer&) = delete;
    code_buffer& operator=(const code_buffer&) = delete;

    /// Why the code must not be used.
    [[nodiscard]] code_failure failure() const noexcept { return failure_; }
    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(cursor_ - begin_); }
    [[nodiscard]] const unsigned char* data() const noexcept { return begin_; }

    /// Forgets the code and its failure, and keeps the memory.
    void clear() noexcept {
        failure_ = code_failure::none;
        if (bytes_.capacity() != 0) {
            use(bytes_.data(), bytes_.capacity());
        } else {
            use(few_, sizeof few_);
        }
    }

    /// Where the next instruction is to be written: there are `room` bytes.
    [[nodiscard]] unsigned char* cursor() noexcept { return cursor_; }
    /// What was written at cursor() ends at `end`. Room for the next is made here, where callers have nothing left to keep.
    void advance_to(unsigned char* end) noexcept {
        cursor_ = end;
        if (end > last_) [[unlikely]] {
            grow();
        }
    }

    /// Appends bytes that are no instruction.
    void append(const void* first, std::size_t count) noexcept {
        const auto* from = static_cast<const unsigned char*>(first);
        while (count != 0) {
            const std::size_t part = std::min(count, room);
            std::memcpy(cursor_, from, part);
            advance_to(cursor_ + part);
            from += part;
            count -= part;
        }
    }

    /// Puts four bytes over those at `at`, which have been written.
    void patch32(std::size_t at, std::uint32_t value) noexcept {
        if (failure_ == code_failure::none) {
            write(at, value);
        }
    }

    /// The code goes on at `target`: what led there ahead is completed.
    void bind(label& target) noexcept {
        assert(!target.is_bound_);
        const auto here = static_cast<std::uint32_t>(size());
        for (std::uint32_t at = target.place_; at != label::none && failure_ == code_failure::none;) {
            const auto before = read<std::uint32_t>(at);
            write(at, here - (at + 4));
            at = before;
        }
        target.place_ = here;
        target.is_bound_ = true;
    }

    void bind(short_label& target) noexcept {
        const auto here = static_cast<std::uint32_t>(size());
        for (std::uint32_t at = target.place_; at != short_label::none && failure_ == code_failure::none;) {
            const auto back = read<std::uint8_t>(at);
            const std::uint32_t distance = here - (at + 1);
            if (distance > INT8_MAX) {
                fail(code_failure::short_jump_too_far);
            } else {
                write(at, static_cast<std::uint8_t>(distance));
                at = back == 0 ? short_label::none : at - back;
            }
        }
        target.place_ = short_label::none;
    }

    /// The last four bytes that were written are to be the distance from here to `target`.
    void complete_distance(label& target) noexcept {
        const auto here = static_cast<std::uint32_t>(size());
        if (failure_ != code_failure::none) {
            return;
        }
        if (target.is_bound_) {
            write(here - 4, target.place_ - here);
        } else {
            write(here - 4, target.place_);
            target.place_ = here - 4;
        }
    }

    /// The last byte that was written is to be the distance from here to `target`.
    void complete_distance(short_label& target) noexcept {
        if (failure_ != code_failure::none) {
            return;
        }
        const auto at = static_cast<std::uint32_t>(size() - 1);
        const std::uint32_t back = target.place_ == short_label::none ? 0 : at - target.place_;
        if (back > INT8_MAX) { // so the one before cannot reach what is still ahead
            fail(code_failure::short_jump_too_far);
            return;
        }
        write(at, static_cast<std::uint8_t>(back));
        target.place_ = at;
    }

private:
    template <class T>
    [[nodiscard]] T read(std::size_t at) const noexcept {
        T value;
        std::memcpy(&value, begin_ + at, sizeof value);
        return value;
    }
    template <class T>
    void write(std::size_t at, T value) noexcept {
        std::memcpy(begin_ + at, &value, sizeof value);
    }

    void use(unsigned char* memory, std::size_t capacity) noexcept {
        begin_ = memory;
        cursor_ = memory;
        last_ = memory + capacity - room;
    }

    [[gnu::cold, gnu::noinline]] void grow() noexcept {
        if (failure_ != code_failure::none) {
            cursor_ = begin_;
            return;
        }
        const std::size_t used = size();
        const std::size_t wanted = std::max(std::size_t{4096}, 2 * bytes_.capacity());
        if (wanted > most_bytes) {
            fail(code_failure::too_long);
            return;
        }
        bytes_.clear();
        if (begin_ != few_) {
            (void)bytes_.extend_reserved(used); // what try_reserve moves along
        }
        if (!bytes_.try_reserve(wanted)) {
            fail(code_failure::out_of_memory);
            return;
        }
        if (begin_ == few_) {
            std::memcpy(bytes_.data(), few_, used);
        }
        use(bytes_.data(), bytes_.capacity());
        cursor_ += used;
    }

    [[gnu::cold]] void fail(code_failure why) noexcept {
        failure_ = why;
        use(few_, sizeof few_);
    }

    core::vector<unsigned char> bytes_;
    unsigned char* begin_ = nullptr;
    unsigned char* cursor_ = nullptr;
    unsigned char* last_ = nullptr; // where an instruction may still begin
    code_failure failure_ = code_failure::none;
    // The first instructions; and without memory all of them, over and over.
    unsigned char few_[2 * room] = {};
};

} // namespace riser::inline v0_1::x64
