#include "values.hpp"

#include "outcome.hpp"

#include "riser/core/wasm/subtyping.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <type_traits>

namespace wast {
namespace {

namespace script = riser::wat::script;
using riser::heap_type;
using riser::value;
using riser::value_type;
using pattern = script::lane::pattern;

/// Of 1 to 64 bits.
constexpr std::uint64_t low_mask(unsigned bits) { return ~std::uint64_t{0} >> (64 - bits); }

unsigned width_of(value_type number) { return number == riser::types::i32 || number == riser::types::f32 ? 32 : 64; }

struct vector_bits {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    [[nodiscard]] std::uint64_t lane(std::size_t index, unsigned bits) const {
        const std::size_t at = index * bits;
        return ((at < 64 ? low : high) >> (at % 64)) & low_mask(bits);
    }
};

unsigned lane_width(const script::constant& vector) { return static_cast<unsigned>(128 / vector.lanes.size()); }

bool lane_matches(const script::lane& expected, std::uint64_t actual, unsigned bits) {
    const std::uint64_t canonical = bits == 32 ? 0x7fc0'0000 : 0x7ff8'0000'0000'0000;
    const std::uint64_t without_sign = actual & (low_mask(bits) >> 1U);
    switch (expected.how) {
    case pattern::canonical_nan: return without_sign == canonical;
    case pattern::arithmetic_nan: return (without_sign & canonical) == canonical;
    case pattern::bits: break;
    }
    return actual == expected.bits;
}

bool vector_matches(const script::constant& expected, const value& actual) {
    const vector_bits bits{actual.low_bits(), actual.high_bits()};
    std::size_t index = 0;
    return std::all_of(expected.lanes.begin(), expected.lanes.end(), [&](const script::lane& lane) {
        return lane_matches(lane, bits.lane(index++, lane_width(expected)), lane_width(expected));
    });
}

/// The static type of a result says no more than its hierarchy; that of a defined type, only the engine could tell.
bool heap_matches(const std::optional<heap_type>& expected, heap_type actual) {
    if (!expected) {
        return true;
    }
    const heap_type top = riser::core::wasm::top_of_abstract(*expected);
    return actual.is_concrete() ? top == heap_type::func || top == heap_type::any
                                : top == riser::core::wasm::top_of_abstract(actual);
}

bool reference_matches(const script::constant& expected, const value& actual) {
    if (!actual.type().is_reference() || !heap_matches(expected.heap, actual.type().heap())) {
        return false;
    }
    if (expected.what == script::constant::kind::null || actual.is_null()) {
        return expected.what == script::constant::kind::null && actual.is_null();
    }
    return !expected.payload || actual.external().payload() == *expected.payload;
}

/// The shortest decimal digits that mean the number, or what stands for what is none.
template <class Float>
std::string float_text(std::uint64_t bits) {
    using word = std::conditional_t<sizeof(Float) == 4, std::uint32_t, std::uint64_t>;
    const auto number = std::bit_cast<Float>(static_cast<word>(bits));
    char buffer[40];
    if (std::isnan(number)) {
        const std::uint64_t payload = bits & (sizeof(Float) == 4 ? 0x007f'ffffU : 0x000f'ffff'ffff'ffffU);
        std::snprintf(buffer, sizeof buffer, "%snan:0x%llx", std::signbit(number) ? "-" : "",
                      static_cast<unsigned long long>(payload));
        return buffer;
    }
    const std::to_chars_result written = std::to_chars(buffer, buffer + sizeof buffer, number);
    return {buffer, written.ptr};
}

std::string lane_text(const script::lane& lane, value_type type, unsigned bits) {
    switch (lane.how) {
    case pattern::canonical_nan: return "nan:canonical";
    case pattern::arithmetic_nan: return "nan:arithmetic";
    case pattern::bits: break;
    }
    if (type == riser::types::f32) {
        return float_text<float>(lane.bits);
    }
    if (type == riser::types::f64) {
        return float_text<double>(lane.bits);
    }
    const unsigned unused = 64 - bits;
    return std::to_string(static_cast<std::int64_t>(lane.bits << unused) >> unused);
}

std::string lanes_text(const script::constant& of, unsigned bits) {
    std::string text;
    for (const script::lane& lane : of.lanes) {
        text += " " + lane_text(lane, of.type, bits);
    }
    return text;
}

std::string shape_of(const script::constant& vector) {
    const bool is_float = vector.type == riser::types::f32 || vector.type == riser::types::f64;
    return (is_float ? "f" : "i") + std::to_string(lane_width(vector)) + "x" + std::to_string(vector.lanes.size());
}

std::string describe(const script::constant& expected) {
    using kind = script::constant::kind;
    const std::string heap = expected.heap ? to_string(*expected.heap) : "";
    switch (expected.what) {
    case kind::number:
        return "(" + to_string(expected.type) + ".const" + lanes_text(expected, width_of(expected.type)) + ")";
    case kind::vector: return "(v128.const " + shape_of(expected) + lanes_text(expected, lane_width(expected)) + ")";
    case kind::null: return heap.empty() ? "(ref.null)" : "(ref.null " + heap + ")";
    case kind::reference: {
        // What the host made is an extern reference or one below any.
        const bool is_host = expected.payload && expected.heap == heap_type::any;
        return "(ref." + (is_host ? "host" : heap) + (expected.payload ? " " + std::to_string(*expected.payload) : "") +
               ")";
    }
    case kind::either: break;
    }
    return "(either " + wast::describe(expected.alternatives) + ")";
}

/// The same as a script would state it.
script::constant constant_of(const value& actual) {
    script::constant same;
    const value_type type = actual.type();
    if (type == riser::types::v128) {
        same.what = script::constant::kind::vector;
        same.type = riser::types::i32;
        const vector_bits bits{actual.low_bits(), actual.high_bits()};
        for (std::size_t i = 0; i < 4; ++i) {
            same.lanes.push_back({pattern::bits, bits.lane(i, 32)});
        }
    } else if (type.is_reference()) {
        same.what = actual.is_null() ? script::constant::kind::null : script::constant::kind::reference;
        same.heap = type.heap();
        if (type.heap() == heap_type::extern_ && !actual.is_null()) {
            same.payload = actual.external().payload();
        }
    } else {
        same.type = type;
        same.lanes.push_back({pattern::bits, actual.low_bits()});
    }
    return same;
}

value number_argument(const script::constant& written) {
    for (const script::lane& lane : written.lanes) {
        if (lane.how != pattern::bits) {
            throw failure("no argument, but a class of values: " + describe(written));
        }
    }
    if (written.what == script::constant::kind::number) {
        return value::from_bits(written.type, written.lanes[0].bits);
    }
    vector_bits bits;
    std::size_t at = 0;
    for (const script::lane& lane : written.lanes) {
        (at < 64 ? bits.low : bits.high) |= lane.bits << (at % 64);
        at += lane_width(written);
    }
    return value::from_bits(riser::types::v128, bits.low, bits.high);
}

} // namespace

value argument(const script::constant& written, value_type type, riser::store& store) {
    using kind = script::constant::kind;
    if (written.what == kind::number || written.what == kind::vector) {
        return number_argument(written);
    }
    const bool is_value = written.what == kind::null || (written.what == kind::reference && written.payload);
    if (!is_value || !type.is_reference() || !heap_matches(written.heap, type.heap())) {
        throw failure(describe(written) + " cannot be an argument for a parameter of type " + to_string(type));
    }
    return written.what == kind::null ? value::zero(type) : value(store.external(*written.payload).reference(), type);
}

bool matches(const script::constant& expected, const value& actual) {
    using kind = script::constant::kind;
    switch (expected.what) {
    case kind::number:
        return actual.type() == expected.type &&
               lane_matches(expected.lanes[0], actual.low_bits(), width_of(expected.type));
    case kind::vector: return actual.type() == riser::types::v128 && vector_matches(expected, actual);
    case kind::null:
    case kind::reference: return reference_matches(expected, actual);
    case kind::either: break;
    }
    return std::any_of(expected.alternatives.begin(), expected.alternatives.end(),
                       [&](const script::constant& alternative) { return matches(alternative, actual); });
}

std::string describe(const std::vector<script::constant>& expected) {
    std::string text;
    for (const script::constant& each : expected) {
        text += (text.empty() ? "" : " ") + describe(each);
    }
    return text.empty() ? "nothing" : text;
}

std::string describe(const std::vector<value>& actual) {
    std::vector<script::constant> same;
    same.reserve(actual.size());
    for (const value& each : actual) {
        same.push_back(constant_of(each));
    }
    return describe(same);
}

} // namespace wast
