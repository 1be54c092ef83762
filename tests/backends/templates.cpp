#include "riser_x64/common/assemble.hpp"
#include "riser_x64/common/check.hpp"
#include "riser_x64/common/code_writer.hpp"
#include "template_fixture.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#if defined(Xbyak) || defined(XBYAK_NO_EXCEPTION) || defined(XBYAK_THROW) || defined(MIE_PACK)
#    error "xbyak's macros reach who includes riser's headers"
#endif

using namespace riser::x64;

namespace {

constexpr std::string_view form_names[] = {
#define RISER_X64_FORM(identifier, function, signature, ...) #identifier,
#include "riser_x64/common/forms.def"
#undef RISER_X64_FORM
};

/// Which of an instruction's registers the letter at `i` stands for.
constexpr std::size_t register_of(std::string_view signature, std::size_t i) {
    std::size_t registers = 0;
    for (const char letter : signature.substr(0, i)) {
        registers += letter == 'm' ? 2 : letter == 'r' || letter == 'b' || letter == 'x' || letter == 'c' ? 1 : 0;
    }
    return registers;
}

/// The argument of code_writer for a letter.
template <char Letter, bool Indexed>
auto argument(const instruction_operands& o, std::size_t i) {
    if constexpr (Letter == 'w') {
        return o.which.operation;
    } else if constexpr (Letter == 'r' || Letter == 'b') {
        return static_cast<gpr>(o.registers[i]);
    } else if constexpr (Letter == 'x') {
        return static_cast<xmm>(o.registers[i]);
    } else if constexpr (Letter == 'c') {
        return static_cast<condition>(o.registers[i]);
    } else if constexpr (Letter == 'm' && Indexed) {
        return at(static_cast<gpr>(o.registers[i]), static_cast<gpr>(o.registers[i + 1]), o.displacement,
                  static_cast<std::uint8_t>(o.scale));
    } else if constexpr (Letter == 'm') {
        return at(static_cast<gpr>(o.registers[i]), o.displacement);
    } else {
        return o.immediate;
    }
}

template <form F, bool Indexed>
void write(code_writer& w, const instruction_operands& o) {
    static constexpr std::string_view signature = form_signatures[static_cast<std::size_t>(F)];
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        w.write<F>(argument<signature[I], Indexed>(o, register_of(signature, I))...);
    }(std::make_index_sequence<signature.size()>());
}

std::string describe(const unsigned char* bytes, std::size_t length) {
    constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < length; ++i) {
        text += {digits[bytes[i] >> 4], digits[bytes[i] & 15], ' '};
    }
    return text;
}

/// Writes a form with many operands and counts where it differs from xbyak's own bytes.
class comparison {
public:
    std::size_t compared = 0;
    std::size_t different = 0;
    std::string first; // that differs

    template <form F>
    void all() {
        form_ = F;
        shape_ = shape_of(F);
        for (unsigned operation = 0; operation < variants_of(F).widths; ++operation) {
            operands_ = {};
            operands_.which.operation = static_cast<width>(operation);
            all_addresses<F, false>();
            if constexpr (shape_of(F).has_memory) {
                operands_.which.memory = addressing::indexed;
                all_addresses<F, true>();
            }
        }
    }

private:
    /// Every combination of registers with one value of each kind, and some combinations with every value.
    template <form F, bool Indexed>
    void all_addresses() {
        const unsigned combinations = 1U << (4 * shape_.registers);
        for (unsigned i = 0; i < combinations; ++i) {
            operands_.registers = {i & 15U, i >> 4 & 15U, i >> 8};
            const unsigned index = operands_.registers[(shape_.memory_at + 1U) % most_registers];
            if (shape_.has_memory && (Indexed ? index == 4 : index != 0)) {
                continue; // rsp is no index; and without one, that number stays 0
            }
            const bool is_some = (i & 15U) == (i >> 4 & 15U) || (i & 0x777U) == 0x541U || i % 61 == 0;
            operands_.scale = Indexed ? i % 3 : 0;
            for (const std::int32_t displacement : displacements(is_some)) {
                operands_.displacement = displacement;
                all_immediates<F, Indexed>(is_some);
            }
            for (operands_.scale = 0; Indexed && is_some && operands_.scale < 4; ++operands_.scale) {
                all_immediates<F, Indexed>(false);
            }
        }
    }

    [[nodiscard]] std::vector<std::int32_t> displacements(bool is_some) const {
        if (!shape_.has_memory) {
            return {0};
        }
        return is_some ? std::vector<std::int32_t>{0,    1,    -1,    8,          127,       128,
                                                   -128, -129, 0x7f8, 0x12345678, INT32_MIN, INT32_MAX}
                       : std::vector<std::int32_t>{0, -8, 0x1234};
    }

    [[nodiscard]] std::vector<std::int64_t> immediates(bool is_some) const {
        switch (shape_.immediate) {
        case 'i':
            return is_some ? std::vector<std::int64_t>{0, 1, -1, 127, 128, -128, -129, 0x12345678, INT32_MIN, INT32_MAX}
                           : std::vector<std::int64_t>{5, -300};
        case 'u': return is_some ? std::vector<std::int64_t>{0, 2, 7, 31, 32, 63} : std::vector<std::int64_t>{3};
        case 'k':
            return is_some ? std::vector<std::int64_t>{0, 1, -1, 0x12345678, INT32_MIN, INT32_MAX}
                           : std::vector<std::int64_t>{0x01020304};
        case 'n': return {-1, -129, INT32_MIN};
        case 'q': return {INT64_MIN, INT64_MAX, 0x123456789abcdef0};
        case 'e': return {0, 1, 100, 120};
        case 'E': return {0, 1, 120, 400};
        default: return {0};
        }
    }

    template <form F, bool Indexed>
    void all_immediates(bool is_some) {
        for (const std::int64_t immediate : immediates(is_some)) {
            operands_.immediate = immediate;
            compare<F, Indexed>();
        }
    }

    template <form F, bool Indexed>
    void compare() {
        // xbyak chooses by the operands; only long immediates have to be known, for those of rax.
        operands_.which.long_immediate =
            shape_.immediate == 'i' && operands_.immediate != static_cast<std::int8_t>(operands_.immediate);
        const machine_code expected = assemble_reference(xbyak_, F, operands_);
        instruction_operands written = operands_;
        if (is_jump(F)) {
            written.immediate = -(operands_.immediate + static_cast<std::int64_t>(expected.length));
        }
        writer_.code().clear();
        write<F, Indexed>(writer_, written);
        ++compared;
        const std::size_t length = writer_.code().size();
        if (length != expected.length || std::memcmp(writer_.code().data(), expected.bytes.data(), length) != 0) {
            if (different++ == 0) {
                first = describe(writer_.code().data(), length) + "instead of " +
                        describe(expected.bytes.data(), expected.length);
            }
        }
    }

    form form_{};
    form_shape shape_;
    instruction_operands operands_;
    xbyak_assembler xbyak_;
    code_writer writer_{test_templates(), processor_features::detect(), riser::core::host_allocator};
};

template <form F>
void check_form() {
    comparison c;
    c.all<F>();
    INFO(form_names[static_cast<std::size_t>(F)], ": ", c.first);
    CHECK(c.compared > 0);
    CHECK(c.different == 0);
}

} // namespace

TEST_CASE("Every form has the bytes that xbyak writes, whatever its operands are") {
    []<std::size_t... I>(std::index_sequence<I...>) {
        (check_form<static_cast<form>(I)>(), ...);
    }(std::make_index_sequence<form_count>());
}

TEST_CASE("Nops are as long as they say") {
    for (std::size_t length = 1; length <= template_set::longest_nop; ++length) {
        xbyak_assembler xbyak;
        CHECK(std::memcmp(xbyak.assemble_nop(length).bytes.data(), test_templates().nops[length].data(), length) == 0);
    }
}

TEST_CASE("A comparison finds a template that is wrong") {
    template_set broken = test_templates();
    broken.templates[template_offsets[static_cast<std::size_t>(form::add_rr)]].low[0] ^= 1;
    code_writer w(broken, {}, riser::core::host_allocator);
    w.add(width::w32, gpr::rcx, gpr::rdx);
    xbyak_assembler xbyak;
    const machine_code expected = xbyak.assemble(form::add_rr, {{}, {1, 2}, 0, 0, 0});
    CHECK(w.code().size() == expected.length);
    CHECK(std::memcmp(w.code().data(), expected.bytes.data(), expected.length) != 0);
    CHECK_FALSE(is_as_assembled(form::add_rr, {{}, {1, 2}, 0, 0, 0}, w.code().data(), w.code().size()));
}
