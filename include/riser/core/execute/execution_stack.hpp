#pragma once

#include "riser/core/code/code.hpp"
#include "riser/core/code/trap_kind.hpp"
#include "riser/core/memory/stack_pool.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace riser::inline v0_1::core::runtime {

struct instance_data;

/// The slots and links of a call, lent by an engine's pool: slots grow up from the beginning, links grow down from the end, and the
/// stack is exhausted where they would meet. Keeps its memory between calls where the pool lets it; gives it back when it ends.
/// Of one thread at a time.
class value_stack {
public:
    /// How far a call had come, for whoever returns to it.
    struct position {
        link* links = nullptr;
        slot* live_end = nullptr;
    };

    /// Frames of native code that call nothing and have no more slots than these fit without a check.
    static constexpr std::size_t leaf_slots = 16;
    /// What the newest link leaves free above the slots: for such a frame, and for links of calls across instances, without a check.
    static constexpr std::size_t margin_slots = 16 + leaf_slots;

    value_stack() noexcept = default;
    value_stack(value_stack&& other) noexcept
        : at_(std::exchange(other.at_, {})), begin_(std::exchange(other.begin_, nullptr)),
          bytes_(std::exchange(other.bytes_, 0)), pool_(std::exchange(other.pool_, nullptr)),
          kept_by_(std::exchange(other.kept_by_, nullptr)), recalls_(other.recalls_) {}
    value_stack& operator=(value_stack&& other) noexcept {
        std::swap(at_, other.at_);
        std::swap(begin_, other.begin_);
        std::swap(bytes_, other.bytes_);
        std::swap(pool_, other.pool_);
        std::swap(kept_by_, other.kept_by_);
        std::swap(recalls_, other.recalls_);
        return *this;
    }
    ~value_stack() { give_back_memory(); }

    /// Is a call on it?
    [[nodiscard]] bool is_lent() const noexcept { return at_.links != nullptr; }

    /// Makes an empty stack of stack_pool::rounded(bytes) bytes; the pool and the bytes are always the same.
    /// \returns false where there is no memory
    [[nodiscard]] bool lend(stack_pool& pool, std::size_t bytes) noexcept {
        if (begin_ == nullptr && !take_memory(pool, bytes)) {
            return false;
        }
        at_ = {reinterpret_cast<link*>(begin_ + bytes_ / sizeof(slot)), begin_};
        return true;
    }
    /// The call has ended.
    void give_back() noexcept {
        at_ = {};
        if (kept_by_ == nullptr || recalls_ != pool_->recalls()) [[unlikely]] {
            give_back_memory();
        }
    }

    // What handlers use has their attributes: it is part of them in any build. Links:

    [[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] void
    push_link(const code_word* pc, slot* frame) noexcept {
        *--at_.links = {pc, frame};
    }
    [[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] link
    pop_link() noexcept {
        const link newest = *at_.links;
        ++at_.links;
        return newest;
    }
    [[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] const link&
    newest_link() const noexcept {
        return *at_.links;
    }
    /// Those that were pushed since, the newest first.
    [[nodiscard]] std::span<const link> links_since(const position& earlier) const noexcept {
        return {at_.links, static_cast<std::size_t>(earlier.links - at_.links)};
    }

    // Slots:

    /// Whether a frame of `slots` slots at `frame` leaves the margin below the links.
    [[nodiscard, gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] bool
    fits(const slot* frame, std::size_t slots) const noexcept {
        return frame + slots + margin_slots <= reinterpret_cast<const slot*>(at_.links);
    }
    /// The same with room for the links of an activation's own.
    [[nodiscard, gnu::no_profile_instrument_function]] bool fits_activation(const slot* frame,
                                                                            std::size_t slots) const noexcept {
        return fits(frame, slots + margin_slots);
    }
    /// Where the first frame of a nested activation may begin.
    [[nodiscard]] slot* live_end() const noexcept { return at_.live_end; }
    /// Slots from `end` on are free: said before the host is called. \returns what it was before
    [[gnu::always_inline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] slot*
    set_live_end(slot* end) noexcept {
        slot* const before = at_.live_end;
        at_.live_end = end;
        return before;
    }

    // All of it, for who looks for references:

    [[nodiscard]] std::span<const slot> live_slots() const noexcept {
        return is_lent() ? std::span<const slot>(begin_, at_.live_end) : std::span<const slot>();
    }
    [[nodiscard]] std::span<const link> links() const noexcept {
        return is_lent() ? std::span(at_.links, reinterpret_cast<const link*>(begin_ + bytes_ / sizeof(slot)))
                         : std::span<const link>();
    }

    // A nested activation begins where the outer one stands, which is returned to when it has ended.

    [[nodiscard]] position where() const noexcept { return at_; }
    void return_to(const position& earlier) noexcept { at_ = earlier; }

private:
    [[nodiscard, gnu::cold]] bool take_memory(stack_pool& pool, std::size_t bytes) noexcept {
        begin_ = pool.lend(bytes);
        if (begin_ == nullptr) {
            return false;
        }
        pool_ = &pool;
        bytes_ = bytes;
        recalls_ = pool.recalls();
        kept_by_ = pool.may_keep(bytes);
        return true;
    }
    [[gnu::cold]] void give_back_memory() noexcept {
        if (begin_ == nullptr) {
            return;
        }
        if (kept_by_ != nullptr) {
            stack_pool::end_keeping(std::exchange(kept_by_, nullptr), bytes_);
        }
        pool_->give_back(std::exchange(begin_, nullptr), bytes_);
    }

    position at_;           // first: handlers use it; null while no call is on it
    slot* begin_ = nullptr; // null: it has no memory
    std::size_t bytes_ = 0;
    stack_pool* pool_ = nullptr;
    stack_pool::kept_by kept_by_ = nullptr; // null: the memory goes back with each call
    std::uint32_t recalls_ = 0;             // the pool's, when it lent the memory
};

/// The stack on which native code and handlers beside it run, in engines that have backends; lent by the engine's pool.
///
/// Native code that calls where its own frame begins compares the stack pointer with the limit; all else need not. For what else
/// takes room here takes half as much of the value stack at least: a call by native code 8 bytes, and a slot; one that handlers take
/// over 32, and a link; one of theirs that native code takes over 8, and a link. So half of this stack is kept for it.
class native_stack {
public:
    /// What is left below all frames for who runs in place: translating, polling, growing, signals.
    static constexpr std::size_t reserve = std::size_t{64} << 10U;
    /// For a value stack of so many bytes, which is then what recursion exhausts.
    [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t value_bytes) noexcept {
        return 4 * stack_pool::rounded(value_bytes) + 2 * reserve;
    }

    native_stack() noexcept = default;
    native_stack(native_stack&& other) noexcept { *this = std::move(other); }
    native_stack& operator=(native_stack&& other) noexcept {
        std::swap(limit_, other.limit_);
        std::swap(position_, other.position_);
        std::swap(bytes_, other.bytes_);
        std::swap(pool_, other.pool_);
        return *this;
    }
    ~native_stack() { give_back(); }

    /// \returns false where there is no memory, or more is asked for than pools lend
    [[nodiscard, gnu::cold]] bool lend(stack_pool& pool, std::size_t bytes) noexcept {
        if (stack_pool::rounded(bytes) != bytes) {
            return false;
        }
        auto* const first = reinterpret_cast<std::byte*>(pool.lend(bytes));
        if (first == nullptr) {
            return false;
        }
        pool_ = &pool;
        bytes_ = bytes;
        limit_ = first + bytes / 2;
        position_ = first + bytes / alignment * alignment;
        return true;
    }
    void give_back() noexcept {
        if (limit_ != nullptr) [[unlikely]] { // engines without backends lend none, and ask with each call
            pool_->give_back(reinterpret_cast<slot*>(begin()), bytes_);
            position_ = limit_ = nullptr;
        }
    }

    /// Where the next activation's frames begin, downwards; null while no call has the stack.
    [[nodiscard]] std::byte* position() const noexcept { return position_; }
    void return_to(std::byte* earlier) noexcept { position_ = earlier; }
    /// Whether an activation, or a frame that takes nothing of the value stack, may begin where the stack pointer is.
    [[nodiscard]] bool has_room(const void* stack_pointer) const noexcept { return stack_pointer >= limit_; }
    /// Behind its first frame; null while no call has the stack.
    [[nodiscard]] const std::byte* end() const noexcept { return limit_ == nullptr ? nullptr : begin() + bytes_; }

private:
    static constexpr std::size_t alignment = 16;
    friend struct native_layout;

    [[nodiscard]] std::byte* begin() const noexcept { return limit_ - bytes_ / 2; }

    std::byte* limit_ = nullptr;    // see above; null while no call has the stack
    std::byte* position_ = nullptr; // set where the host is called
    std::size_t bytes_ = 0;
    stack_pool* pool_ = nullptr;
};

/// How a call ended, or why it is about to.
struct call_exit {
    trap_kind kind = trap_kind::none;
    const code_word* pc = nullptr; ///< null: on the way into a function, the newest link has the call
    slot* frame = nullptr;

    // Of an access out of bounds, for whoever describes it.
    std::uint64_t integer = 0;                ///< the accumulator, which may have the address
    const std::byte* fault_address = nullptr; ///< where guard pages found it; then the accumulator is lost

    // Of native code, whose pc is null.
    const void* native_pc = nullptr; ///< behind the instruction
    const void* native_sp = nullptr; ///< the stack pointer there
};

/// What a running call has, apart from the store that it runs in. A suspended call keeps it, out of its context: moving takes
/// all of it along, and leaves nothing behind. Other than the values' bounds, which are value_stack's own, tiers may use it.
struct execution_stack {
    execution_stack() noexcept = default;
    execution_stack(execution_stack&& other) noexcept { *this = std::move(other); }
    execution_stack& operator=(execution_stack&& other) noexcept {
        std::swap(instance, other.instance);
        std::swap(values, other.values);
        std::swap(native, other.native);
        std::swap(native_entry, other.native_entry);
        std::swap(exit, other.exit);
        return *this;
    }
    ~execution_stack() = default;

    instance_data* instance = nullptr; ///< the running one; null: the host called the host

    value_stack values;

    native_stack native;

    /// The host's stack pointer at the innermost activation's entry, to which faults return, and on which it calls the host.
    void* native_entry = nullptr;

    call_exit exit; ///< of the innermost activation
};

} // namespace riser::inline v0_1::core::runtime
