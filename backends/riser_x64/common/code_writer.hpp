#pragma once

#include "riser_x64/common/code_buffer.hpp"
#include "riser_x64/common/processor.hpp"
#include "riser_x64/common/templates.hpp"

#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#ifdef RISER_X64_CHECK_TEMPLATES
#    include "riser_x64/common/check.hpp"
#endif

namespace riser::inline v0_1::x64 {

/// Whether a parameter of type T is what a letter of a signature stands for.
template <class T>
[[nodiscard]] consteval bool is_operand(char letter) noexcept {
    switch (letter) {
    case 'w': return std::same_as<T, width>;
    case 'r':
    case 'b': return std::same_as<T, gpr>;
    case 'x': return std::same_as<T, xmm>;
    case 'c': return std::same_as<T, condition>;
    case 'm': return std::same_as<T, address> || std::same_as<T, indexed_address>;
    default: return std::integral<T> && !std::same_as<T, bool>;
    }
}

template <form F, class... Operands>
[[nodiscard]] consteval bool takes_operands() noexcept {
    constexpr std::string_view signature = form_signatures[static_cast<std::size_t>(F)];
    if constexpr (signature.size() != sizeof...(Operands)) {
        return false;
    } else {
        std::size_t i = 0;
        return (is_operand<Operands>(signature[i++]) && ...);
    }
}

template <form F, class... Operands>
concept takes = takes_operands<F, Operands...>();

/// Writes instructions by copying templates, each in a few nanoseconds. forms.def names the functions and says what they take;
/// those below add what consists of several, or depends on values or on the processor. Like the buffer, never throws.
///
/// An immediate that is too large for its form is the caller's mistake, which asserts find. With RISER_X64_CHECK_TEMPLATES
/// defined, asserts compare every instruction with what xbyak makes of it, too, which takes microseconds.
class code_writer {
public:
    /// `templates` and `source` outlive the writer.
    code_writer(const template_set& templates, processor_features features, const core::allocator& source) noexcept
        : templates_(templates), features_(features), code_(source) {}

    [[nodiscard]] processor_features features() const noexcept { return features_; }
    [[nodiscard]] code_buffer& code() noexcept { return code_; }
    [[nodiscard]] const code_buffer& code() const noexcept { return code_; }

#define RISER_X64_FORM(identifier, function, signature, ...)                                                           \
    template <class... Operands>                                                                                       \
        requires takes<form::identifier, Operands...>                                                                  \
    void function(Operands... operands) noexcept {                                                                     \
        write<form::identifier>(operands...);                                                                          \
    }
#include "riser_x64/common/forms.def"
#undef RISER_X64_FORM

    /// A constant, or its low 32 bits, in the shortest form that leaves the flags alone.
    void mov_constant(width w, gpr to, std::int64_t value) noexcept {
        if (w == width::w32 || (value >= 0 && value <= UINT32_MAX)) {
            mov_zero_extended(to, static_cast<std::uint32_t>(value));
        } else if (value < 0 && value >= INT32_MIN) {
            mov_negative(to, value);
        } else {
            mov_64(to, value);
        }
    }
    /// All 64 bits. Changes the flags.
    void clear(gpr to) noexcept { xor_(width::w32, to, to); }
    void clear(xmm to) noexcept { xor_(to, to); }

    // Shifts by a constant, which the processor takes modulo the width.
    void shl(width w, gpr r, unsigned count) noexcept { count == 1 ? shl_1(w, r) : shl_by(w, r, count); }
    void shr(width w, gpr r, unsigned count) noexcept { count == 1 ? shr_1(w, r) : shr_by(w, r, count); }
    void sar(width w, gpr r, unsigned count) noexcept { count == 1 ? sar_1(w, r) : sar_by(w, r, count); }
    void rol(width w, gpr r, unsigned count) noexcept { count == 1 ? rol_1(w, r) : rol_by(w, r, count); }
    void ror(width w, gpr r, unsigned count) noexcept { count == 1 ? ror_1(w, r) : ror_by(w, r, count); }

    /// Leading zeros; the width, of 0. Changes the flags.
    void count_leading_zeros(width w, gpr to, gpr from) noexcept {
        if (features_.lzcnt) {
            lzcnt(w, to, from);
            return;
        }
        const int highest = w == width::w64 ? 63 : 31;
        short_label is_some;
        bsr(w, to, from);
        jcc(condition::not_equal, is_some);
        mov_constant(width::w32, to, 2 * highest + 1);
        bind(is_some);
        xor_(width::w32, to, highest);
    }
    /// Trailing zeros; the width, of 0. Changes the flags.
    void count_trailing_zeros(width w, gpr to, gpr from) noexcept {
        if (features_.bmi1) {
            tzcnt(w, to, from);
            return;
        }
        short_label is_some;
        bsf(w, to, from);
        jcc(condition::not_equal, is_some);
        mov_constant(width::w32, to, w == width::w64 ? 64 : 32);
        bind(is_some);
    }
    /// How many bits are set. `spare` is a third register, which changes, as the flags do.
    void count_ones(width w, gpr to, gpr from, gpr spare) noexcept {
        if (features_.popcnt) {
            popcnt(w, to, from);
            return;
        }
        label next;
        mov(w, spare, from);
        clear(to);
        bind(next);
        shr(w, spare, 1);
        adc(width::w32, to, 0);
        test(w, spare, spare);
        jcc(condition::not_equal, next);
    }

    // Jumps. Those to a short_label have two bytes, those to a bound label two where it is near enough.

    void jmp(label& target) noexcept {
        if (is_near(target)) {
            jmp_8(near_distance(target));
        } else {
            jmp_32(0);
            code_.complete_distance(target);
        }
    }
    void jmp(short_label& target) noexcept {
        jmp_8(0);
        code_.complete_distance(target);
    }
    void jcc(condition c, label& target) noexcept {
        if (is_near(target)) {
            jcc_8(c, near_distance(target));
        } else {
            jcc_32(c, 0);
            code_.complete_distance(target);
        }
    }
    void jcc(condition c, short_label& target) noexcept {
        jcc_8(c, 0);
        code_.complete_distance(target);
    }
    void call(label& target) noexcept {
        call_32(0);
        code_.complete_distance(target);
    }
    /// The address of a place in the code.
    void lea(gpr to, label& target) noexcept {
        lea_relative(to, 0);
        code_.complete_distance(target);
    }
    /// A form of a float that stands in the code.
    template <form F>
    void write_with(width w, xmm to, label& constant) noexcept {
        write<F>(w, to, 0);
        code_.complete_distance(constant);
    }
    void bind(label& target) noexcept { code_.bind(target); }
    void bind(short_label& target) noexcept { code_.bind(target); }

    /// A word of a jump table: the distance from the word's end to `target`, in 32 bits.
    void jump_distance(label& target) noexcept {
        constexpr std::uint32_t none = 0;
        code_.append(&none, sizeof none);
        code_.complete_distance(target);
    }

    /// Nops up to a multiple of `alignment`, counted from the code's begin.
    void align(std::size_t alignment) noexcept {
        for (std::size_t missing = (alignment - code_.size() % alignment) % alignment; missing != 0;) {
            const std::size_t length = missing < template_set::longest_nop ? missing : template_set::longest_nop;
            unsigned char* const to = code_.cursor();
            std::memcpy(to, templates_.nops[length].data(), sizeof templates_.nops[length]);
            code_.advance_to(to + length);
            missing -= length;
        }
    }

    /// Writes a form. The functions that forms.def names are this.
    template <form F, class... Operands>
        requires takes<F, Operands...>
    void write(Operands... operands) noexcept {
        encoding e;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (e.template add<form_signatures[static_cast<std::size_t>(F)][I]>(operands), ...);
        }(std::index_sequence_for<Operands...>());
        copy<F>(e);
    }

private:
    /// The operands of one instruction, as templates need them.
    struct encoding {
        variant which;
        std::array<unsigned, most_registers> registers{}; // an index with its scale
        std::array<unsigned, most_registers> high{};
        std::size_t count = 0;
        std::int32_t displacement = 0;
        std::int64_t immediate = 0;
        bool with_rex = false;

        template <char Letter>
        void add(width w) noexcept {
            which.operation = w;
        }
        template <char Letter>
        void add(gpr r) noexcept {
            const auto number = static_cast<unsigned>(r);
            add_register(number);
            // spl, bpl, sil and dil need a prefix that the others of the lower eight do without
            with_rex |= number >= (Letter == 'b' ? 4U : 8U);
        }
        template <char Letter>
        void add(xmm x) noexcept {
            add_register(static_cast<unsigned>(x));
            with_rex |= static_cast<unsigned>(x) >= 8;
        }
        template <char Letter>
        void add(condition c) noexcept {
            add_register(static_cast<unsigned>(c));
        }
        template <char Letter>
        void add(address where) noexcept {
            which.memory = (static_cast<unsigned>(where.base) & 7U) == 4 ? addressing::sib_base : addressing::base;
            add_base(where.base, where.displacement);
            ++count;
        }
        template <char Letter>
        void add(indexed_address where) noexcept {
            which.memory = addressing::indexed;
            add_base(where.base, where.displacement);
            const auto number = static_cast<unsigned>(where.index);
            registers[count] = (number & 7U) | static_cast<unsigned>(where.scale) << 3;
            high[count++] = number >> 3;
            with_rex |= number >= 8;
        }
        template <char Letter>
        void add(std::integral auto value) noexcept {
            immediate = static_cast<std::int64_t>(value);
            if constexpr (Letter == 'i') {
                // Unsigned values of 32 bits are those that they are read as.
                const auto read = static_cast<std::int32_t>(value);
                assert(immediate == read || immediate == static_cast<std::uint32_t>(read));
                which.long_immediate = read != static_cast<std::int8_t>(read);
            }
            assert(Letter != 'n' || immediate < 0);
            assert(Letter != 'u' || (immediate >= INT8_MIN && immediate <= UINT8_MAX));
            assert(Letter == 'q' || (immediate >= INT32_MIN && immediate <= UINT32_MAX));
        }

        /// As the assembler takes them.
        [[nodiscard]] instruction_operands operands() const noexcept {
            instruction_operands all{which, {}, 0, displacement, immediate};
            for (std::size_t i = 0; i < count; ++i) {
                all.registers[i] = (registers[i] & 7U) | high[i] << 3;
                all.scale |= registers[i] >> 3;
            }
            return all;
        }

        void add_register(unsigned number) noexcept {
            registers[count] = number & 7U;
            high[count++] = number >> 3;
        }
        void add_base(gpr base, std::int32_t distance) noexcept {
            const auto number = static_cast<unsigned>(base);
            add_register(number);
            with_rex |= number >= 8;
            displacement = distance;
            // rbp and r13 always have a displacement
            const bool has_none = distance == 0 && (number & 7U) != 5;
            which.displacement = has_none                                         ? displacement_size::none
                                 : distance == static_cast<std::int8_t>(distance) ? displacement_size::byte
                                                                                  : displacement_size::dword;
        }
    };

    // Not a function of its own: its many parameters would go through memory (clang 19: 25 ns for an instruction, not 3).
    template <form F>
    [[gnu::always_inline]] void copy(const encoding& e) noexcept {
        constexpr form_shape shape = shape_of(F);
        const instruction_template& from = templates_.find<F>(e.which, e.with_rex);
        std::uint64_t head = from.head;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            ((head ^= std::uint64_t{e.registers[I]} << from.low[I] ^ std::uint64_t{e.high[I]} << from.high[I]), ...);
        }(std::make_index_sequence<shape.registers>());
        unsigned char* const to = code_.cursor();
        std::memcpy(to, &head, sizeof head);
        if constexpr (shape.has_memory) {
            std::memcpy(to + from.displacement_at, &e.displacement, sizeof e.displacement);
        }
        if constexpr (shape.immediate != 0) {
            // Of a short immediate the rest is overwritten by the next instruction.
            std::memcpy(to + from.immediate_at, &e.immediate, sizeof e.immediate);
        }
#ifdef RISER_X64_CHECK_TEMPLATES
        assert(is_as_assembled(F, e.operands(), to, from.length));
#endif
        code_.advance_to(to + from.length);
    }

    [[nodiscard]] bool is_near(const label& target) const noexcept {
        return target.is_bound() && code_.size() - target.offset() <= 126;
    }
    /// From the end of a jump of two bytes.
    [[nodiscard]] int near_distance(const label& target) const noexcept {
        return static_cast<int>(target.offset()) - static_cast<int>(code_.size() + 2);
    }

    const template_set& templates_;
    processor_features features_;
    code_buffer code_;
};

} // namespace riser::inline v0_1::x64
