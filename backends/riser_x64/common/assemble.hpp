#pragma once

#include "riser_x64/common/templates.hpp"
#include "riser_x64/common/xbyak.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace riser::inline v0_1::x64 {

/// One instruction in bytes. The longest has 15.
struct machine_code {
    std::array<unsigned char, 16> bytes{};
    std::size_t length = 0; // 0: xbyak refused

    friend bool operator==(const machine_code&, const machine_code&) = default;
};

/// The operands as xbyak's types, for the expressions in forms.def.
struct xbyak_operands {
    using generator = xbyak::CodeGenerator;

    bool wide;
    unsigned memory_at;
    bool is_indexed;
    const instruction_operands& operands;
    std::int64_t immediate;
    xbyak::Label target;

    [[nodiscard]] int number(std::size_t i) const { return static_cast<int>(operands.registers[i]); }
    [[nodiscard]] int bits() const { return wide ? 64 : 32; }
    [[nodiscard]] xbyak::Reg32e r(std::size_t i) const { return xbyak::Reg32e(number(i), bits()); }
    [[nodiscard]] xbyak::Reg32 r32(std::size_t i) const { return xbyak::Reg32(number(i)); }
    [[nodiscard]] xbyak::Reg64 r64(std::size_t i) const { return xbyak::Reg64(number(i)); }
    [[nodiscard]] xbyak::Reg16 r16(std::size_t i) const { return xbyak::Reg16(number(i)); }
    /// 4 to 7 are spl to dil, not ah to bh.
    [[nodiscard]] xbyak::Reg8 r8(std::size_t i) const {
        return xbyak::Reg8(number(i), operands.registers[i] >= 4 && operands.registers[i] < 8);
    }
    [[nodiscard]] xbyak::Xmm x(std::size_t i) const { return xbyak::Xmm(number(i)); }

    /// Memory of so many bits; 0 where the other operand says how many.
    [[nodiscard]] xbyak::Address m(int size) const {
        const xbyak::RegExp base(r64(memory_at));
        const auto displacement = static_cast<std::size_t>(static_cast<std::int64_t>(operands.displacement));
        return xbyak::AddressFrame(static_cast<std::uint32_t>(
            size))[is_indexed ? base + r64(memory_at + 1) * (1 << operands.scale) + displacement : base + displacement];
    }
    /// Memory that begins `immediate` bytes behind the instruction.
    [[nodiscard]] xbyak::Address behind(generator& g) const { return g.ptr[g.rip + static_cast<int>(immediate)]; }

    [[nodiscard]] std::uint32_t unsigned32() const { return static_cast<std::uint32_t>(immediate); }
    [[nodiscard]] std::uint64_t unsigned64() const { return static_cast<std::uint64_t>(immediate); }
    [[nodiscard]] int signed32() const { return static_cast<int>(immediate); }
    [[nodiscard]] std::uint8_t byte() const { return static_cast<std::uint8_t>(immediate); }

    void conditional_move(generator& g, const xbyak::Reg& to, const xbyak::Operand& from) const {
        using function = void (generator::*)(const xbyak::Reg&, const xbyak::Operand&);
        static constexpr function functions[16] = {
            &generator::cmovo, &generator::cmovno, &generator::cmovb,  &generator::cmovae,
            &generator::cmove, &generator::cmovne, &generator::cmovbe, &generator::cmova,
            &generator::cmovs, &generator::cmovns, &generator::cmovp,  &generator::cmovnp,
            &generator::cmovl, &generator::cmovge, &generator::cmovle, &generator::cmovg};
        (g.*functions[operands.registers[0]])(to, from);
    }
    void set_if(generator& g, const xbyak::Operand& to) const {
        using function = void (generator::*)(const xbyak::Operand&);
        static constexpr function functions[16] = {
            &generator::seto, &generator::setno, &generator::setb,  &generator::setae,
            &generator::sete, &generator::setne, &generator::setbe, &generator::seta,
            &generator::sets, &generator::setns, &generator::setp,  &generator::setnp,
            &generator::setl, &generator::setge, &generator::setle, &generator::setg};
        (g.*functions[operands.registers[0]])(to);
    }
    void jump_if(generator& g, generator::LabelType distance) const {
        using function = void (generator::*)(const xbyak::Label&, generator::LabelType);
        static constexpr function functions[16] = {&generator::jo, &generator::jno, &generator::jb,  &generator::jae,
                                                   &generator::je, &generator::jne, &generator::jbe, &generator::ja,
                                                   &generator::js, &generator::jns, &generator::jp,  &generator::jnp,
                                                   &generator::jl, &generator::jge, &generator::jle, &generator::jg};
        (g.*functions[operands.registers[0]])(target, distance);
    }
};

/// Assembles single instructions with xbyak. It takes memory from operator new.
class xbyak_assembler {
public:
    xbyak_assembler() : generator_(sizeof buffer_, buffer_) {}

    /// What xbyak makes of a form with these operands. A jump's immediate is here how many bytes its target comes before it.
    [[gnu::cold, gnu::noinline]] machine_code assemble(form f, const instruction_operands& operands) {
        const form_shape shape = shape_of(f);
        xbyak_operands o{operands.which.operation == width::w64,
                         shape.memory_at,
                         operands.which.memory == addressing::indexed,
                         operands,
                         operands.immediate,
                         {}};
        xbyak::ClearError();
        generator_.setSize(0);
        std::size_t begin = 0;
        if (is_jump(f)) {
            generator_.L(o.target);
            begin = static_cast<std::size_t>(operands.immediate);
            generator_.setSize(begin);
        }
        write(f, o, generator_);
        machine_code code;
        const std::size_t length = generator_.getSize() - begin;
        if (xbyak::GetError() == 0 && length <= code.bytes.size()) {
            code.length = length;
            std::memcpy(code.bytes.data(), buffer_ + begin, length);
        }
        return code;
    }

    [[gnu::cold]] machine_code assemble_nop(std::size_t length) {
        generator_.setSize(0);
        generator_.nop(length);
        machine_code code;
        code.length = length;
        std::memcpy(code.bytes.data(), buffer_, length);
        return code;
    }

private:
    [[gnu::cold, gnu::noinline]] static void write(form f, xbyak_operands& o, xbyak::CodeGenerator& g) {
        switch (f) {
#define RISER_X64_FORM(identifier, function, signature, ...)                                                           \
    case form::identifier: __VA_ARGS__; break;
#include "riser_x64/common/forms.def"
#undef RISER_X64_FORM
        }
    }

    unsigned char buffer_[512] = {};
    xbyak::CodeGenerator generator_;
};

/// Finds the holes of instructions: it assembles each again with another register or value, and compares.
class template_assembler {
public:
    /// Fills `set`. \returns whether every difference was where it may be; else the set must not be used. Takes less than a
    /// millisecond, and memory from operator new.
    [[nodiscard, gnu::cold]] static bool assemble(template_set& set) {
        template_assembler assembler;
        for (std::size_t i = 0; i < form_count; ++i) {
            assembler.assemble_variants(static_cast<form>(i), &set.templates[template_offsets[i]]);
        }
        for (std::size_t length = 1; length <= template_set::longest_nop; ++length) {
            set.nops[length] = assembler.xbyak_.assemble_nop(length).bytes;
        }
        return assembler.is_understood_;
    }

private:
    // Register 2 is in no way special: neither an accumulator, nor one that memory cannot be addressed by as by any other.
    static constexpr unsigned ordinary = 2;
    static constexpr unsigned sib_base = 4;

    /// All variants of a form, in the order of variant_counts::index.
    void assemble_variants(form f, instruction_template* to) {
        form_ = f;
        shape_ = shape_of(f);
        const variant_counts counts = variants_of(f);
        for (unsigned operation = 0; operation < counts.widths; ++operation) {
            for (unsigned immediate = 0; immediate < counts.immediates; ++immediate) {
                for (unsigned address = 0; address < counts.addresses; ++address, to += 2) {
                    assemble_variant(
                        {static_cast<width>(operation), static_cast<addressing>(address / displacement_size_count),
                         static_cast<displacement_size>(address % displacement_size_count), immediate == 1},
                        to);
                }
            }
        }
    }

    void assemble_variant(variant v, instruction_template* to) {
        const instruction_operands ordinary_operands = ordinary_operands_of(v);
        const machine_code code = xbyak_.assemble(form_, ordinary_operands);
        is_understood_ &= code.length != 0 && code.length < 16;

        instruction_template& plain = to[0];
        std::memcpy(&plain.head, code.bytes.data(), sizeof plain.head);
        plain.length = code.length & 15U;
        plain.displacement_at = plain.length;
        find_low_bits(ordinary_operands, code, plain);
        find_values(ordinary_operands, code, plain);
        find_high_bits(ordinary_operands, code, to);
        // What is behind the head must be values, which are stored; the second template is the longer one.
        const unsigned values_at = shape_.immediate == 0
                                       ? to[1].displacement_at
                                       : std::min<unsigned>(to[1].displacement_at, to[1].immediate_at);
        is_understood_ &= values_at <= sizeof plain.head;
    }

    [[nodiscard]] instruction_operands ordinary_operands_of(variant v) const {
        instruction_operands operands{v, {ordinary, ordinary, ordinary}, 0, 0, 0x11};
        if (v.memory == addressing::sib_base) {
            operands.registers[shape_.memory_at] = sib_base;
        }
        if (v.displacement != displacement_size::none) {
            operands.displacement = v.displacement == displacement_size::byte ? 0x11 : 0x11111111;
        }
        if (shape_.immediate == 'k' || v.long_immediate) {
            operands.immediate = 0x11111111;
        } else if (shape_.immediate == 'n') {
            operands.immediate = -0x11111111;
        } else if (shape_.immediate == 'q') {
            operands.immediate = 0x1111111111111111;
        }
        return operands;
    }

    /// Takes a register's number from the template and notes where its low bits were.
    void find_low_bits(const instruction_operands& operands, const machine_code& code, instruction_template& plain) {
        for (std::size_t i = 0; i < shape_.registers; ++i) {
            if (!is_encoded(operands, i)) {
                continue;
            }
            if (operands.registers[i] == sib_base) {
                plain.low[i] = no_place;
                continue;
            }
            instruction_operands next = operands;
            next.registers[i] = ordinary + 1;
            plain.low[i] = only_difference(code, xbyak_.assemble(form_, next));
            plain.head ^= std::uint64_t{ordinary} << plain.low[i];
        }
    }

    /// Where displacement and immediate are: the first byte that changes with them.
    void find_values(const instruction_operands& operands, const machine_code& code, instruction_template& plain) {
        if (operands.which.displacement != displacement_size::none) {
            instruction_operands next = operands;
            ++next.displacement;
            plain.displacement_at = first_difference(code, xbyak_.assemble(form_, next)) & 15U;
        }
        if (shape_.immediate != 0) {
            instruction_operands next = operands;
            ++next.immediate;
            plain.immediate_at = first_difference(code, xbyak_.assemble(form_, next)) & 15U;
        }
    }

    /// Where the fourth bits of register numbers are. That of some instructions is in a REX prefix that low registers do
    /// without: the second template has it.
    void find_high_bits(const instruction_operands& operands, const machine_code& code, instruction_template* to) {
        std::array<machine_code, most_registers> changed;
        std::size_t rex_at = code.bytes.size();
        for (std::size_t i = 0; i < shape_.registers; ++i) {
            if (!is_encoded(operands, i)) {
                continue;
            }
            instruction_operands high = operands;
            high.registers[i] += 8;
            changed[i] = xbyak_.assemble(form_, high);
            if (changed[i].length == code.length) {
                to[0].high[i] = only_difference(code, changed[i]);
            } else {
                rex_at = first_difference(code, changed[i]);
            }
        }
        to[1] = rex_at == code.bytes.size() ? to[0] : with_rex(to[0], rex_at);
        for (std::size_t i = 0; i < shape_.registers; ++i) {
            if (is_encoded(operands, i) && changed[i].length != code.length) {
                to[1].high[i] = bit_of_prefix(code, changed[i], rex_at);
            }
        }
    }

    /// Whether a register is in the instruction: there is no index without indexed addressing.
    [[nodiscard]] bool is_encoded(const instruction_operands& operands, std::size_t i) const {
        return !shape_.has_memory || i != shape_.memory_at + 1U || operands.which.memory == addressing::indexed;
    }

    /// The same with a REX prefix without bits; what is behind it moves along.
    [[nodiscard]] instruction_template with_rex(const instruction_template& plain, std::size_t at) const {
        constexpr std::uint64_t rex = 0x40;
        const auto shift = static_cast<std::uint8_t>(8 * at);
        const auto moved = [shift](std::uint8_t place) {
            return static_cast<std::uint8_t>(place < shift || place == no_place ? place : place + 8);
        };
        const std::uint64_t before = (std::uint64_t{1} << shift) - 1;
        instruction_template longer = plain;
        longer.head = (plain.head & before) | rex << shift | (plain.head & ~before) << 8;
        for (std::size_t i = 0; i < shape_.registers; ++i) {
            longer.low[i] = moved(plain.low[i]);
            longer.high[i] = moved(plain.high[i]);
        }
        longer.displacement_at = static_cast<std::uint8_t>(plain.displacement_at + 1);
        longer.immediate_at = (plain.immediate_at + 1U) & 15U;
        longer.length = (plain.length + 1U) & 15U;
        return longer;
    }

    /// The position of the bit that alone differs, among the first eight bytes.
    [[nodiscard]] std::uint8_t only_difference(const machine_code& a, const machine_code& b) {
        std::uint64_t words[2];
        std::memcpy(&words[0], a.bytes.data(), sizeof words[0]);
        std::memcpy(&words[1], b.bytes.data(), sizeof words[1]);
        const std::uint64_t difference = words[0] ^ words[1];
        is_understood_ &= a.length == b.length && difference != 0 && (difference & (difference - 1)) == 0 &&
                          std::memcmp(&a.bytes[8], &b.bytes[8], 8) == 0;
        return static_cast<std::uint8_t>(difference == 0 ? 0 : __builtin_ctzll(difference));
    }

    [[nodiscard]] static std::size_t first_difference(const machine_code& a, const machine_code& b) noexcept {
        std::size_t at = 0;
        while (at < a.bytes.size() - 1 && a.bytes[at] == b.bytes[at]) {
            ++at;
        }
        return at;
    }

    /// The position of the only bit in the prefix that `changed` has at `at` and is else without.
    [[nodiscard]] std::uint8_t bit_of_prefix(const machine_code& code, const machine_code& changed, std::size_t at) {
        const unsigned bits = changed.bytes[at] & 15U;
        is_understood_ &= changed.length == code.length + 1 && at < 8 && (changed.bytes[at] & 0xf0U) == 0x40 &&
                          bits != 0 && (bits & (bits - 1)) == 0 &&
                          std::memcmp(&code.bytes[at], &changed.bytes[at + 1], code.length - at) == 0;
        return static_cast<std::uint8_t>(8 * at + static_cast<unsigned>(bits == 0 ? 0 : __builtin_ctz(bits)));
    }

    xbyak_assembler xbyak_;
    bool is_understood_ = true;
    form form_{};
    form_shape shape_;
};

} // namespace riser::inline v0_1::x64
