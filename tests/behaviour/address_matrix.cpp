#include "engines/engines.hpp"
#include "support/module_builder.hpp"
#include "support/sanitizers.hpp"

#include "riser/core/memory/linear_memory.hpp"
#include "riser/linker.hpp"
#include "riser/memory.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Every scalar load and store, with its address from wherever addresses come, offsets and sizes where arithmetic wraps
// or guards end, in every memory mode, before and after growth; against a model of a few lines.

namespace {

using test::expression;

struct access_operator {
    const char* name;
    std::uint8_t code;
    std::uint8_t type;
    std::uint32_t width;
    bool is_store;
    bool is_signed;

    [[nodiscard]] std::uint32_t width_log2() const { return width == 8 ? 3 : width / 2; }
};

constexpr std::array<access_operator, 23> accesses = {{
    {"i32.load", 0x28, test::i32, 4, false, false},    {"i64.load", 0x29, test::i64, 8, false, false},
    {"f32.load", 0x2a, test::f32, 4, false, false},    {"f64.load", 0x2b, test::f64, 8, false, false},
    {"i32.load8_s", 0x2c, test::i32, 1, false, true},  {"i32.load8_u", 0x2d, test::i32, 1, false, false},
    {"i32.load16_s", 0x2e, test::i32, 2, false, true}, {"i32.load16_u", 0x2f, test::i32, 2, false, false},
    {"i64.load8_s", 0x30, test::i64, 1, false, true},  {"i64.load8_u", 0x31, test::i64, 1, false, false},
    {"i64.load16_s", 0x32, test::i64, 2, false, true}, {"i64.load16_u", 0x33, test::i64, 2, false, false},
    {"i64.load32_s", 0x34, test::i64, 4, false, true}, {"i64.load32_u", 0x35, test::i64, 4, false, false},
    {"i32.store", 0x36, test::i32, 4, true, false},    {"i64.store", 0x37, test::i64, 8, true, false},
    {"f32.store", 0x38, test::f32, 4, true, false},    {"f64.store", 0x39, test::f64, 8, true, false},
    {"i32.store8", 0x3a, test::i32, 1, true, false},   {"i32.store16", 0x3b, test::i32, 2, true, false},
    {"i64.store8", 0x3c, test::i64, 1, true, false},   {"i64.store16", 0x3d, test::i64, 2, true, false},
    {"i64.store32", 0x3e, test::i64, 4, true, false},
}};

constexpr std::uint8_t most_shared_pages = 4;

/// Which memory is accessed.
struct memory_kind {
    std::string name;
    bool is_64 = false;
    std::uint8_t page_size_log2 = 16;
    std::uint32_t index = 0; ///< 1: behind another memory
    bool is_shared = false;

    [[nodiscard]] std::uint8_t address_type() const { return is_64 ? test::i64 : test::i32; }
    [[nodiscard]] std::uint64_t largest_address() const { return is_64 ? UINT64_MAX : UINT32_MAX; }
    [[nodiscard]] std::uint64_t wrap(std::uint64_t address) const { return address & largest_address(); }
};

// The functions of the modules: (a, b, v) -> i64. The form makes the address of a and b; v is the value to store.
// Locals:
constexpr std::uint32_t a = 0;
constexpr std::uint32_t b = 1;
constexpr std::uint32_t v = 2;
constexpr std::uint32_t typed_value = 3; // v as a value of the access's type
constexpr std::uint32_t spare = 4;       // of the address type
constexpr std::uint32_t identity = 0;    // functions
constexpr std::uint32_t noise = 1;

using arguments = std::pair<std::uint64_t, std::uint64_t>;

/// Where an address comes from.
struct form {
    std::string name;
    std::function<void(expression&)> emit;
    /// What a and b must be for the address; nothing where the form cannot make it.
    std::function<std::optional<arguments>(std::uint64_t address)> arguments_for;
};

/// Instructions of the address type.
class address_code {
public:
    explicit address_code(const memory_kind& kind) : is_64_(kind.is_64) {}

    void constant(expression& e, std::uint64_t value) const {
        is_64_ ? e.constant_64(value) : e.constant_32(static_cast<std::uint32_t>(value));
    }
    void add(expression& e) const { e.op({is_64_ ? std::uint8_t{0x7c} : std::uint8_t{0x6a}}); }
    void exclusive_or(expression& e) const { e.op({is_64_ ? std::uint8_t{0x85} : std::uint8_t{0x73}}); }
    void shift_left(expression& e) const { e.op({is_64_ ? std::uint8_t{0x86} : std::uint8_t{0x74}}); }
    void shift_right_signed(expression& e) const { e.op({is_64_ ? std::uint8_t{0x87} : std::uint8_t{0x75}}); }
    /// b as a condition
    void condition(expression& e) const {
        e.get(b);
        if (is_64_) {
            e.op({0xa7});
        }
    }

private:
    bool is_64_;
};

/// A computed value, which the interpreter has in its accumulator: a, with some bits inverted.
constexpr std::uint64_t inverted = 0x55;

void add_plain_forms(const memory_kind& kind, std::vector<form>& forms) {
    const address_code code(kind);
    const auto in_a = [](std::uint64_t address) { return std::optional<arguments>({address, 1}); };
    forms.push_back({"local", [](expression& e) { e.get(a); }, in_a});
    forms.push_back({"local.tee", [](expression& e) { e.get(a).tee(spare); }, in_a});
    forms.push_back({"computed", [=](expression& e) { e.get(a), code.constant(e, inverted), code.exclusive_or(e); },
                     [](std::uint64_t address) { return std::optional<arguments>({address ^ inverted, 0}); }});
    forms.push_back({"call", [](expression& e) { e.get(a).call(identity); }, in_a});
    forms.push_back({"overwritten local", [=](expression& e) { e.get(a), code.constant(e, 0x12345), e.set(a); }, in_a});
    forms.push_back({"block", [=](expression& e) { e.op({0x02, kind.address_type()}).get(a).op({0x0b}); }, in_a});
    forms.push_back({"if",
                     [=](expression& e) {
                         code.condition(e), e.op({0x04, kind.address_type()}).get(a).op({0x05});
                         code.constant(e, 0x7ffffff0), e.op({0x0b});
                     },
                     in_a});
    forms.push_back({"select",
                     [=](expression& e) { e.get(a), code.constant(e, 0x7ffffff0), code.condition(e), e.op({0x1b}); },
                     in_a});
    forms.push_back({"global", [](expression& e) { e.get(a).op(0x24, 0).op(0x23, 0); }, in_a});
    // Arithmetic on negative numbers must leave the upper half of an i32's slot zero.
    forms.push_back({"shifted right", [=](expression& e) { e.get(a).get(b), code.shift_right_signed(e); },
                     [](std::uint64_t address) { return std::optional<arguments>({address, 0}); }});
    if (kind.is_64) {
        return;
    }
    const auto wrapped = [](expression& e) { e.get(a).op({0xad}).constant_64(0xdeadbeef00000000).op({0x84, 0xa7}); };
    forms.push_back({"wrapped i64", wrapped, in_a});
    forms.push_back({"wrapped i64 in a local", [=](expression& e) { wrapped(e), e.set(spare).get(spare); }, in_a});
    forms.push_back({"sign-extended", [](expression& e) { e.get(a).op({0xc1}); },
                     [](std::uint64_t address) {
                         const auto narrow = static_cast<std::int16_t>(static_cast<std::uint16_t>(address));
                         const bool fits = static_cast<std::uint32_t>(narrow) == address;
                         return fits ? std::optional<arguments>({address ^ 0x12340000, 0}) : std::nullopt;
                     }});
}

void add_sum_forms(const memory_kind& kind, std::vector<form>& forms) {
    const address_code code(kind);
    constexpr std::uint64_t addend = 0x90000000;
    constexpr std::uint64_t constant = 0x7ffffff0;
    const auto sum = [=](expression& e) { e.get(a).get(b), code.add(e); };
    const auto computed = [=](expression& e) { e.get(a), code.constant(e, inverted), code.exclusive_or(e); };
    const auto minus = [](std::uint64_t subtrahend, std::uint64_t flip, std::uint64_t second) {
        return [=](std::uint64_t address) { return std::optional<arguments>({(address - subtrahend) ^ flip, second}); };
    };
    forms.push_back({"sum", sum, minus(addend, 0, addend)});
    forms.push_back({"sum with computed", [=](expression& e) { computed(e), e.get(b), code.add(e); },
                     minus(addend, inverted, addend)});
    forms.push_back({"sum with call", [=](expression& e) { e.get(a).call(identity).get(b), code.add(e); },
                     minus(addend, 0, addend)});
    forms.push_back({"sum with constant", [=](expression& e) { e.get(a), code.constant(e, constant), code.add(e); },
                     minus(constant, 0, 0)});
    forms.push_back({"sum of computed and constant",
                     [=](expression& e) { computed(e), code.constant(e, constant), code.add(e); },
                     minus(constant, inverted, 0)});
    forms.push_back(
        {"sum in a local", [=](expression& e) { sum(e), e.set(spare).get(spare); }, minus(addend, 0, addend)});
    forms.push_back({"spilled sum",
                     [=](expression& e) { sum(e), e.call(noise).op({0x1a}).get(v).constant_64(3).op({0x7e, 0x1a}); },
                     minus(addend, 0, addend)});
}

void add_shifted_forms(const memory_kind& kind, std::uint32_t shift, std::vector<form>& forms) {
    const address_code code(kind);
    const std::uint64_t mask = (std::uint64_t{1} << shift) - 1;
    // What is shifted out must not count.
    const std::uint64_t lost = shift == 0 ? 0 : std::uint64_t{1} << (kind.is_64 ? 63U : 31U);
    const auto shifted = [=](expression& e, bool is_computed) {
        e.get(a);
        if (is_computed) {
            code.constant(e, inverted), code.exclusive_or(e);
        }
        code.constant(e, shift), code.shift_left(e);
    };
    const auto with_base = [=](std::uint64_t flip) {
        return [=](std::uint64_t address) {
            const std::uint64_t base = (address & mask) | 0xa0000000;
            return std::optional<arguments>({(kind.wrap(address - base) >> shift | lost) ^ flip, base});
        };
    };
    forms.push_back({"index + base", [=](expression& e) { shifted(e, false), e.get(b), code.add(e); }, with_base(0)});
    forms.push_back({"computed index + base", [=](expression& e) { shifted(e, true), e.get(b), code.add(e); },
                     with_base(inverted)});
    forms.push_back({"base + index", [=](expression& e) { e.get(b), shifted(e, false), code.add(e); }, with_base(0)});
    for (const bool is_computed : {false, true}) {
        for (const std::uint64_t constant : {0x80000010U, 0x80000011U}) {
            forms.push_back({is_computed ? "computed index + constant" : "index + constant",
                             [=](expression& e) { shifted(e, is_computed), code.constant(e, constant), code.add(e); },
                             [=](std::uint64_t address) -> std::optional<arguments> {
                                 const std::uint64_t rest = kind.wrap(address - constant);
                                 if ((rest & mask) != 0) {
                                     return std::nullopt;
                                 }
                                 return arguments{(rest >> shift | lost) ^ (is_computed ? inverted : 0), 0};
                             }});
        }
    }
}

/// The addresses worth trying: the last valid one, the one beyond, and those where a sum would wrap.
std::vector<std::uint64_t> addresses_for(const memory_kind& kind, std::uint64_t bytes, std::uint64_t offset,
                                         std::uint64_t width) {
    std::vector<std::uint64_t> result = {kind.largest_address(), kind.wrap(0 - offset), kind.wrap(0 - offset - width)};
    const std::uint64_t before = offset + width; // may wrap: then no address is valid
    if (before >= offset && bytes >= before) {
        result.push_back(bytes - before);
        result.push_back(bytes - before + 1);
    } else {
        result.push_back(0);
    }
    std::erase_if(result, [&](std::uint64_t address) { return address > kind.largest_address(); });
    std::sort(result.begin(), result.end());
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

/// Where a store has its value from.
enum class value_source : std::uint8_t { local, constant, computed };
/// Where a load's result goes.
enum class destination : std::uint8_t { stack, local, address_local };

constexpr std::uint64_t stored = 0x8182838485868788;

/// Bits that a value of the type has of `bits`.
std::uint64_t bits_of(std::uint8_t type, std::uint64_t bits) {
    return type == test::i32 || type == test::f32 ? bits & UINT32_MAX : bits;
}

/// v as a value of the type; for floats through arithmetic, so that it is in a register for floats.
void emit_conversion(expression& e, std::uint8_t type) {
    e.get(v);
    switch (type) {
    case test::i32: e.op({0xa7}); break;
    case test::i64: e.constant_64(0).op({0x7c}); break;
    case test::f32: e.op({0xa7, 0xbe, 0x8c}); break;
    default: e.op({0xbf, 0x9a}); break;
    }
}
std::uint64_t argument_for(std::uint8_t type, std::uint64_t value) {
    return type == test::f32 ? value ^ 0x80000000U : type == test::f64 ? value ^ (std::uint64_t{1} << 63U) : value;
}

void emit_value(expression& e, std::uint8_t type, value_source source) {
    if (source == value_source::computed) {
        return emit_conversion(e, type);
    }
    if (source == value_source::local) {
        e.get(typed_value);
        return;
    }
    e.constant(type, stored);
}

/// One function of a module.
struct variant {
    std::string name;
    form where;
    std::uint64_t offset;
    value_source source = value_source::local;
    destination target = destination::stack;
};

expression body_of(const memory_kind& kind, const access_operator& what, const variant& one) {
    expression e;
    if (what.is_store && one.source == value_source::local) {
        emit_conversion(e, what.type);
        e.set(typed_value);
    }
    one.where.emit(e);
    if (what.is_store) {
        emit_value(e, what.type, one.source);
    }
    e.op({what.code});
    kind.index == 0 ? e.op({0}) : e.op(0x40, kind.index);
    e.unsigned_number(one.offset);
    if (what.is_store) {
        return e.constant_64(0);
    }
    if (one.target != destination::stack) {
        const std::uint32_t local = one.target == destination::local ? typed_value : a;
        e.set(local).get(local);
    }
    switch (what.type) {
    case test::i32: return e.op({0xad});
    case test::f32: return e.op({0xbc, 0xad});
    case test::f64: return e.op({0xbd});
    default: return e;
    }
}

std::vector<variant> variants_of(const memory_kind& kind, const access_operator& what,
                                 const std::vector<std::uint64_t>& offsets, const std::vector<std::uint64_t>& sizes) {
    std::vector<variant> result;
    const auto add = [&](const form& where, std::uint64_t offset) {
        if (what.is_store) {
            for (const value_source source : {value_source::local, value_source::constant, value_source::computed}) {
                result.push_back({std::to_string(result.size()), where, offset, source});
            }
            return;
        }
        result.push_back({std::to_string(result.size()), where, offset});
        if (offset <= 1) {
            result.push_back({std::to_string(result.size()), where, offset, value_source::local, destination::local});
            if (what.type == kind.address_type()) {
                result.push_back(
                    {std::to_string(result.size()), where, offset, value_source::local, destination::address_local});
            }
        }
    };
    std::vector<form> forms;
    add_plain_forms(kind, forms);
    add_sum_forms(kind, forms);
    add_shifted_forms(kind, what.width_log2(), forms);
    for (const std::uint64_t offset : offsets) {
        for (const form& where : forms) {
            add(where, offset);
        }
        for (const std::uint64_t bytes : sizes) {
            for (const std::uint64_t constant : addresses_for(kind, bytes, offset, what.width)) {
                add({"constant", [=](expression& e) { address_code(kind).constant(e, constant); },
                     [=](std::uint64_t address) {
                         return address == constant ? std::optional<arguments>({0, 0}) : std::nullopt;
                     }},
                    offset);
            }
        }
    }
    return result;
}

std::vector<std::byte> module_of(const memory_kind& kind, const access_operator& what,
                                 const std::vector<variant>& variants) {
    test::module_builder builder;
    const std::uint8_t type = kind.address_type();
    const std::uint32_t access_type = builder.type({type, type, test::i64}, {test::i64});
    const std::uint32_t identity_type = builder.type({type}, {type});
    const std::uint32_t noise_type = builder.type({}, {type});
    if (kind.index == 1) {
        builder.import_memory("m", "other", 0);
    }
    const auto flags = static_cast<std::uint8_t>((kind.is_64 ? 4U : 0U) | (kind.page_size_log2 == 16 ? 0U : 8U) |
                                                 (kind.is_shared ? 3U : 0U));
    builder.import_memory("m", "memory", flags,
                          kind.page_size_log2 == 16 ? std::nullopt : std::optional(kind.page_size_log2),
                          kind.is_shared ? std::optional(most_shared_pages) : std::nullopt);
    builder.mutable_global(type);
    builder.function(identity_type, {}, expression().get(0));
    expression grow_by_nothing;
    address_code(kind).constant(grow_by_nothing, 0);
    builder.function(noise_type, {}, grow_by_nothing.op(0x40, kind.index));
    for (const variant& one : variants) {
        builder.function(access_type, {what.type, type}, body_of(kind, what, one), one.name);
    }
    return builder.bytes();
}

/// What the specification says (4.4.8): nothing wraps.
bool is_valid(std::uint64_t address, std::uint64_t offset, std::uint64_t width, std::uint64_t bytes) {
    return offset <= bytes && address <= bytes - offset && width <= bytes - offset - address;
}

std::uint64_t expected_load(const access_operator& what, const std::byte* from) {
    std::uint64_t raw = 0;
    for (std::uint32_t i = 0; i < what.width; ++i) {
        raw |= std::to_integer<std::uint64_t>(from[i]) << 8 * i;
    }
    if (what.is_signed && (raw >> (8 * what.width - 1)) != 0) {
        raw |= ~std::uint64_t{0} << 8 * what.width;
    }
    return bits_of(what.type, raw);
}

/// Pieces of a memory that accesses should or should not change: its ends, and the surroundings of an address.
class watched {
public:
    watched(std::span<std::byte> memory, std::uint64_t middle) : memory_(memory) {
        add(0, 16);
        add(middle < 16 ? 0 : middle - 16, 48);
        add(memory.size() < 32 ? 0 : memory.size() - 32, 32);
        for (const auto& [begin, count] : pieces_) {
            for (std::uint64_t at = begin; at < begin + count; ++at) {
                memory_[at] = pattern(at);
            }
        }
    }

    /// Everything is as it was, but for `width` bytes from `at`, which are those of `value`.
    [[nodiscard]] bool has_only(std::uint64_t at, std::uint32_t width, std::uint64_t value) const {
        bool result = true;
        for (const auto& [begin, count] : pieces_) {
            for (std::uint64_t i = begin; i < begin + count; ++i) {
                const bool is_written = i >= at && i - at < width;
                result =
                    result && memory_[i] == (is_written ? static_cast<std::byte>(value >> 8 * (i - at)) : pattern(i));
            }
        }
        return result;
    }

private:
    static std::byte pattern(std::uint64_t at) { return static_cast<std::byte>(at * 73 + 0xa1 + (at >> 8U)); }

    void add(std::uint64_t begin, std::uint64_t count) {
        if (begin < memory_.size()) {
            pieces_.at(used_++) = {begin, std::min<std::uint64_t>(count, memory_.size() - begin)};
        }
    }

    std::span<std::byte> memory_;
    std::array<std::pair<std::uint64_t, std::uint64_t>, 3> pieces_{};
    std::size_t used_ = 0;
};

template <class Address>
riser::result<std::uint64_t> call(const riser::function& callee, arguments at, std::uint64_t value) {
    const auto typed = callee.try_typed<std::uint64_t(Address, Address, std::uint64_t)>();
    if (!typed) {
        return typed.error();
    }
    return typed->try_call(static_cast<Address>(at.first), static_cast<Address>(at.second), value);
}

/// Tries one function at one address. \returns what was wrong, or nothing
std::string try_access(const memory_kind& kind, const access_operator& what, const variant& one,
                       const riser::memory& memory, const riser::function& callee, std::uint64_t address) {
    const std::optional<arguments> at = one.where.arguments_for(address);
    if (!at) {
        return {};
    }
    const std::span<std::byte> data = memory.data();
    const std::uint64_t wrapped = kind.wrap(address + one.offset);
    const watched watch(data, wrapped);
    const bool is_good = is_valid(address, one.offset, what.width, data.size());
    const std::uint64_t expected =
        is_good && !what.is_store ? expected_load(what, data.data() + address + one.offset) : 0;
    const auto outcome =
        (kind.is_64 ? call<std::uint64_t> : call<std::uint32_t>)(callee, {kind.wrap(at->first), kind.wrap(at->second)},
                                                                 argument_for(what.type, stored));
    if (outcome.has_value() != is_good) {
        return is_good ? std::string("trapped: ") + outcome.error().what() : "did not trap";
    }
    if (!is_good && outcome.error().as<riser::trap>()->kind() != riser::trap_kind::memory_out_of_bounds) {
        return std::string("another trap: ") + outcome.error().what();
    }
    if (is_good && *outcome != expected) {
        return "loaded " + std::to_string(*outcome) + " instead of " + std::to_string(expected);
    }
    const bool is_written = is_good && what.is_store;
    return watch.has_only(wrapped, is_written ? what.width : 0, stored) ? "" : "memory is wrong";
}

struct size_pair {
    std::uint64_t before; ///< in pages
    std::uint64_t after;
};

class matrix {
public:
    matrix(std::string policy, memory_kind kind, std::vector<std::uint64_t> offsets)
        : engine_(test::make_engine(policy)), policy_(std::move(policy)), kind_(std::move(kind)),
          offsets_(std::move(offsets)) {}

    /// \returns false where there is no room for such a memory
    bool run(size_pair pages) {
        riser::store store(*engine_);
        const riser::linker linker(*engine_);
        riser::imports imports;
        if (kind_.index == 1) {
            imports.define("m", "other", riser::memory::create(store, {{1, {}}}));
        }
        riser::memory_type type{{pages.before, {}}, kind_.is_64, kind_.is_shared, kind_.page_size_log2};
        if (kind_.is_shared) {
            type.limits.max = most_shared_pages;
        }
        const auto memory = riser::memory::try_create(store, type);
        if (!memory) {
            return false;
        }
        // Whatever it will be used as: an instance can import it as memory 0.
        CHECK(memory->is_guarded() ==
              (policy_ == "signaling" && !kind_.is_64 && !kind_.is_shared && kind_.page_size_log2 == 16));
        imports.define("m", "memory", *memory);
        const std::vector<part> parts =
            parts_for({pages.before << kind_.page_size_log2, pages.after << kind_.page_size_log2});
        for (const bool has_grown : {false, true}) {
            if (has_grown && !memory->try_grow(pages.after - pages.before)) {
                return false;
            }
            for (const part& one : parts) {
                const auto module = riser::module::compile(*engine_, one.module);
                try_all(one, *memory, linker.instantiate(store, module, imports));
            }
        }
        return true;
    }

    [[nodiscard]] std::uint64_t count() const { return count_; }

private:
    /// Some functions for one operator. Not all in one module: a trap looks through all functions of its store.
    struct part {
        const access_operator* what;
        std::vector<variant> variants;
        std::vector<std::byte> module;
    };

    [[nodiscard]] std::vector<part> parts_for(const std::vector<std::uint64_t>& sizes) const {
        constexpr std::size_t most = 50;
        std::vector<part> result;
        for (const access_operator& what : accesses) {
            const std::vector<variant> all = variants_of(kind_, what, offsets_, sizes);
            for (std::size_t at = 0; at < all.size(); at += most) {
                const auto begin = all.begin() + static_cast<std::ptrdiff_t>(at);
                const std::vector<variant> some(begin,
                                                begin + static_cast<std::ptrdiff_t>(std::min(most, all.size() - at)));
                result.push_back({&what, some, module_of(kind_, what, some)});
            }
        }
        return result;
    }

    void try_all(const part& tried, const riser::memory& memory, const riser::instance& instance) {
        const access_operator& what = *tried.what;
        for (const variant& one : tried.variants) {
            const riser::function callee = instance.function(one.name);
            for (const std::uint64_t address : addresses_for(kind_, memory.size(), one.offset, what.width)) {
                const std::string wrong = try_access(kind_, what, one, memory, callee, address);
                ++count_;
                if (!wrong.empty() && ++failures_ <= 20) {
                    FAIL_CHECK(policy_ << ", " << kind_.name << ", " << memory.pages() << " pages, "
                                       << std::string(what.name) << " offset=" << one.offset << ", " << one.where.name
                                       << " address " << address << ", value " << static_cast<int>(one.source)
                                       << ", target " << static_cast<int>(one.target) << ": " << wrong);
                }
            }
        }
    }

    test::engine_pointer engine_;
    std::string policy_;
    memory_kind kind_;
    std::vector<std::uint64_t> offsets_;
    std::uint64_t count_ = 0;
    int failures_ = 0;
};

constexpr std::uint64_t limit = riser::core::memory::guarded_offset_limit;
constexpr std::uint64_t two_to_32 = std::uint64_t{1} << 32U;

constexpr std::array<std::string_view, 3> policies = {"signaling", "bounds-checking", "moving"};

/// Memory 0 of i32 addresses; offsets up to 16 bits are part of fused addresses.
std::vector<std::uint64_t> near_offsets() {
    return {0, 1, 0xffff, 0x10000, limit - 1, limit, limit + 1, two_to_32 / 2, two_to_32 - 1};
}

void run_all(const memory_kind& kind, const std::vector<std::uint64_t>& offsets, const std::vector<size_pair>& sizes,
             bool is_large = false) {
    for (const std::string_view policy : policies) {
        if (is_large && test::is_sanitized && (policy != "signaling" || kind.is_64)) {
            MESSAGE("skipped under sanitizers: " << std::string(policy) << " memories of 4 GiB");
            continue;
        }
        matrix tests(std::string(policy), kind, offsets);
        for (const size_pair& pages : sizes) {
            if (!tests.run(pages)) {
                MESSAGE("skipped for want of memory: " << std::string(policy) << ", " << kind.name << ", "
                                                       << pages.after << " pages");
            }
        }
        CHECK(tests.count() > 5000);
    }
}

} // namespace

TEST_CASE("addresses: memory 0") { run_all({"memory 0"}, near_offsets(), {{0, 1}, {1, 2}}); }

TEST_CASE("addresses: memory 0 of 4 GiB") { run_all({"memory 0"}, near_offsets(), {{65535, 65536}}, true); }

TEST_CASE("addresses: memory 1") {
    run_all({"memory 1", false, 16, 1}, {0, 1, limit, two_to_32 / 2, two_to_32 - 1}, {{0, 1}, {1, 2}});
}

TEST_CASE("addresses: pages of 1 byte") {
    run_all({"1-byte pages", false, 0}, {0, 1, limit, two_to_32 - 1}, {{0, 1}, {7, 8}, {9, 10}});
}

TEST_CASE("addresses: 64 bits") {
    run_all(
        {"64 bits", true},
        {0, 1, limit, two_to_32 - 1, two_to_32, ~std::uint64_t{0} / 2 + 1, ~std::uint64_t{0} - 7, ~std::uint64_t{0}},
        {{0, 1}, {1, 2}});
}

TEST_CASE("addresses: 64 bits beyond 4 GiB") {
    run_all({"64 bits", true}, {0, 1, two_to_32, ~std::uint64_t{0}}, {{65536, 65537}}, true);
}

TEST_CASE("addresses: shared memory 0") {
    memory_kind kind{"shared memory 0"};
    kind.is_shared = true;
    run_all(kind, {0, 1, limit, two_to_32 - 1}, {{0, 1}, {1, 2}});
    kind.is_64 = true;
    run_all(kind, {0, 1, two_to_32, ~std::uint64_t{0}}, {{1, 2}});
}

TEST_CASE("addresses: bounds that are off by one would be noticed") {
    // The instance has a byte more than the memory it is judged by.
    const memory_kind kind{"1-byte pages", false, 0};
    const test::engine_pointer engine = test::make_engine("bounds-checking");
    riser::store store(*engine);
    const auto of_bytes = [&](std::uint64_t bytes) {
        return riser::memory::create(store, {{bytes, {}}, false, false, kind.page_size_log2});
    };
    const riser::memory judged = of_bytes(8);
    const riser::memory used = of_bytes(9);
    for (const access_operator& what : accesses) {
        const std::vector<variant> variants = variants_of(kind, what, {0}, {});
        const auto module = riser::module::compile(*engine, module_of(kind, what, variants));
        const riser::instance instance =
            riser::linker(*engine).instantiate(store, module, riser::imports().define("m", "memory", used));
        const std::uint64_t beyond = 8 - what.width + 1;
        for (const variant& one : variants) {
            if (one.where.arguments_for(beyond)) {
                CHECK(try_access(kind, what, one, judged, instance.function(one.name), beyond) == "did not trap");
            }
        }
    }
}
