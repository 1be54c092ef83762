#include "values.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace spec {
namespace {

using nlohmann::json;
using riser::value;
using riser::value_type;

/// Scripts write integers and the bits of floats in decimal, lanes also with a sign.
std::uint64_t number(const json& written) { return std::strtoull(written.get<std::string>().c_str(), nullptr, 10); }

unsigned lane_bits(const std::string& lane_type) {
    return static_cast<unsigned>(std::strtoul(lane_type.c_str() + 1, nullptr, 10));
}

constexpr std::uint64_t low_mask(unsigned bits) {
    return bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
}

struct vector_bits {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    [[nodiscard]] std::uint64_t lane(unsigned index, unsigned bits) const {
        const unsigned at = index * bits;
        return ((at < 64 ? low : high) >> (at % 64)) & low_mask(bits);
    }
};

vector_bits vector(const json& written) {
    vector_bits made;
    const unsigned bits = lane_bits(written.at("lane_type"));
    unsigned at = 0;
    for (const json& lane : written.at("value")) {
        (at < 64 ? made.low : made.high) |= (number(lane) & low_mask(bits)) << (at % 64);
        at += bits;
    }
    return made;
}

/// Does a float of 32 or 64 bits, or an integer, have the bits that are written, or belong to the class of NaNs?
bool bits_match(const json& written, std::uint64_t actual, unsigned bits) {
    const std::uint64_t canonical = bits == 32 ? 0x7fc0'0000 : 0x7ff8'0000'0000'0000;
    const std::uint64_t without_sign = actual & (low_mask(bits) >> 1U);
    if (written == "nan:canonical") {
        return without_sign == canonical;
    }
    if (written == "nan:arithmetic") {
        return (without_sign & canonical) == canonical;
    }
    return actual == (number(written) & low_mask(bits));
}

bool vector_matches(const json& expected, const value& actual) {
    const vector_bits bits{actual.low_bits(), actual.high_bits()};
    const unsigned width = lane_bits(expected.at("lane_type"));
    unsigned index = 0;
    return std::all_of(expected.at("value").begin(), expected.at("value").end(),
                       [&](const json& lane) { return bits_match(lane, bits.lane(index++, width), width); });
}

bool reference_matches(const std::string& type, const json& expected, const value& actual) {
    if (!actual.type().is_reference()) {
        return false;
    }
    const bool expects_null = type.starts_with("null") || type == "refnull" || expected.value("value", "") == "null";
    if (expects_null || actual.is_null()) {
        return expects_null && actual.is_null();
    }
    return !expected.contains("value") || actual.external().payload() == number(expected.at("value"));
}

} // namespace

value argument(const json& written, value_type type, riser::store& store) {
    const std::string stated = written.at("type");
    if (stated == "v128") {
        const vector_bits bits = vector(written);
        return value::from_bits(riser::types::v128, bits.low, bits.high);
    }
    if (stated == "i32" || stated == "f32" || stated == "i64" || stated == "f64") {
        const value_type numeric = stated == "i32"   ? riser::types::i32
                                   : stated == "i64" ? riser::types::i64
                                   : stated == "f32" ? riser::types::f32
                                                     : riser::types::f64;
        return value::from_bits(numeric, number(written.at("value")));
    }
    if (!written.contains("value") || written.at("value") == "null") {
        return value::zero(type);
    }
    return value::from_bits(type, store.external(number(written.at("value"))).word());
}

bool matches(const json& expected, const value& actual) {
    const std::string type = expected.at("type");
    if (type == "either") {
        const json& alternatives = expected.at("values");
        return std::any_of(alternatives.begin(), alternatives.end(),
                           [&](const json& alternative) { return matches(alternative, actual); });
    }
    using kind = value_type::kind;
    const kind what = actual.type().what();
    if (type == "v128") {
        return what == kind::v128 && vector_matches(expected, actual);
    }
    if (type == "i32" || type == "f32") {
        return what == (type == "i32" ? kind::i32 : kind::f32) &&
               bits_match(expected.at("value"), actual.low_bits(), 32);
    }
    if (type == "i64" || type == "f64") {
        return what == (type == "i64" ? kind::i64 : kind::f64) &&
               bits_match(expected.at("value"), actual.low_bits(), 64);
    }
    return reference_matches(type, expected, actual);
}

std::string describe(const value& actual) {
    std::array<char, 64> bits{};
    if (actual.type() == riser::types::v128) {
        std::snprintf(bits.data(), bits.size(), " 0x%016llx%016llx",
                      static_cast<unsigned long long>(actual.high_bits()),
                      static_cast<unsigned long long>(actual.low_bits()));
    } else {
        std::snprintf(bits.data(), bits.size(), " 0x%llx", static_cast<unsigned long long>(actual.low_bits()));
    }
    return to_string(actual.type()) + bits.data();
}

} // namespace spec
