#pragma once

#include "riser/config.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace riser::inline v0_1 {

// The types of the standard (Core specification 2.3). Where a reference type has the index of a defined type, it is the
// engine's number of that type: equal types of different modules have equal numbers.
using value_type = core::wasm::value_type;
using heap_type = core::wasm::heap_type;
using function_type = core::wasm::owned_function_type;
using function_type_view = core::wasm::function_type; ///< converts to and from function_type
using size_limits = core::wasm::size_limits;
using table_type = core::wasm::table_type;
using memory_type = core::wasm::memory_type;
using global_type = core::wasm::global_type;
using core::wasm::to_string;

/// The value types that have names: `riser::function_type{{types::i32}, {types::i64}}`.
namespace types {
using core::wasm::externref;
using core::wasm::f32;
using core::wasm::f64;
using core::wasm::funcref;
using core::wasm::i32;
using core::wasm::i64;
using core::wasm::v128;
} // namespace types

/// A vector (2.3.2) as its bytes, lane 0 first.
struct v128 {
    std::uint8_t bytes[16] = {};
    friend bool operator==(const v128&, const v128&) = default;
};

namespace core::runtime {

// Lane 0 is in the low byte of the first word on every machine.

[[nodiscard]] constexpr std::uint64_t word_of_vector(const v128& vector, std::size_t index) noexcept {
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < 8; ++i) {
        word |= static_cast<std::uint64_t>(vector.bytes[index * 8 + i]) << (i * 8);
    }
    return word;
}

[[nodiscard]] constexpr v128 vector_of_words(std::uint64_t low, std::uint64_t high) noexcept {
    v128 vector;
    for (std::size_t i = 0; i < 16; ++i) {
        vector.bytes[i] = static_cast<std::uint8_t>((i < 8 ? low : high) >> (i % 8 * 8));
    }
    return vector;
}

} // namespace core::runtime

namespace core::runtime {

// What a reference of the host keeps alive: its target, and the target's store.
RISER_INLINE void retain_reference(std::uint64_t word, store_data* store) noexcept;
RISER_INLINE void release_reference(std::uint64_t word, store_data* store) noexcept;

/// A reference (4.2.1) as the host holds it: a frame slot's word, counted.
class counted_reference {
public:
    constexpr counted_reference() noexcept = default; ///< null
    constexpr counted_reference(std::uint64_t word, store_data* store) noexcept : word_(word), store_(store) {
        if (word_ != 0) {
            retain_reference(word_, store_);
        }
    }
    constexpr counted_reference(const counted_reference& other) noexcept
        : counted_reference(other.word_, other.store_) {}
    constexpr counted_reference(counted_reference&& other) noexcept
        : word_(std::exchange(other.word_, 0)), store_(other.store_) {}
    constexpr counted_reference& operator=(counted_reference other) noexcept {
        std::swap(word_, other.word_);
        std::swap(store_, other.store_);
        return *this;
    }
#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic push
#    pragma GCC diagnostic ignored "-Wmaybe-uninitialized" // GCC 12 says so of what std::optional does not contain
#endif
    constexpr ~counted_reference() {
        if (word_ != 0) {
            release_reference(word_, store_);
        }
    }
#if defined(__GNUC__) && !defined(__clang__)
#    pragma GCC diagnostic pop
#endif

    [[nodiscard]] constexpr std::uint64_t word() const noexcept { return word_; } ///< 0 where null
    [[nodiscard]] constexpr store_data* store() const noexcept { return store_; }
    /// The word, for somebody who counts it from now on.
    [[nodiscard]] constexpr std::uint64_t take_word() noexcept { return std::exchange(word_, 0); }
    friend constexpr bool operator==(const counted_reference& a, const counted_reference& b) noexcept {
        return a.word_ == b.word_;
    }

private:
    std::uint64_t word_ = 0;
    store_data* store_ = nullptr;
};

} // namespace core::runtime

/// A reference to something of the host (2.3.4, `extern`): what `store::external` makes, or null. Wasm can only hand it
/// around. Of its store's thread.
template <>
class ref<external> {
public:
    constexpr ref() noexcept = default; ///< null
    constexpr explicit ref(core::runtime::counted_reference reference) noexcept : reference_(std::move(reference)) {}

    [[nodiscard]] constexpr bool is_null() const noexcept { return reference_.word() == 0; }
    /// The number or address it was made from; 0 where null.
    [[nodiscard]] RISER_INLINE std::uint64_t payload() const noexcept;
    template <class T>
    [[nodiscard]] T* pointer() const noexcept {
        return reinterpret_cast<T*>(core::cast<std::uintptr_t>(payload()));
    }

    [[nodiscard]] constexpr const core::runtime::counted_reference& reference() const noexcept { return reference_; }
    friend constexpr bool operator==(const ref&, const ref&) noexcept = default;

private:
    core::runtime::counted_reference reference_;
};

/// A reference to a function, or null. Keeps the function alive as riser::function does. Of its store's thread.
template <>
class ref<function> {
public:
    constexpr ref() noexcept = default; ///< null
    constexpr explicit ref(core::runtime::counted_reference reference) noexcept : reference_(std::move(reference)) {}
    RISER_INLINE ref(const function& target);

    [[nodiscard]] constexpr bool is_null() const noexcept { return reference_.word() == 0; }
    /// The function; a usage_error where the reference is null.
    [[nodiscard]] RISER_INLINE function get() const;

    [[nodiscard]] constexpr const core::runtime::counted_reference& reference() const noexcept { return reference_; }
    friend constexpr bool operator==(const ref&, const ref&) noexcept = default;

private:
    core::runtime::counted_reference reference_;
};

namespace core::runtime {

[[nodiscard]] constexpr bool may_be_external(heap_type heap) noexcept {
    return heap == heap_type::extern_ || heap == heap_type::noextern;
}
[[nodiscard]] constexpr bool may_be_function(heap_type heap) noexcept {
    return heap == heap_type::func || heap == heap_type::nofunc || heap.is_concrete();
}

template <class T>
concept native_integer = std::is_integral_v<T> && !std::is_same_v<T, bool> && (sizeof(T) == 4 || sizeof(T) == 8);

} // namespace core::runtime

/// A wasm value of any type, for calls whose types are known at run time only.
class value {
public:
    constexpr value() noexcept : type_(types::i32) {} ///< i32 0
    template <core::runtime::native_integer T>
    constexpr value(T number) noexcept
        : type_(sizeof(T) == 4 ? types::i32 : types::i64), low_(static_cast<std::make_unsigned_t<T>>(number)) {}
    constexpr value(float number) noexcept : type_(types::f32), low_(std::bit_cast<std::uint32_t>(number)) {}
    constexpr value(double number) noexcept : type_(types::f64), low_(std::bit_cast<std::uint64_t>(number)) {}
    constexpr value(const riser::v128& vector) noexcept
        : type_(types::v128), low_(core::runtime::word_of_vector(vector, 0)),
          high_(core::runtime::word_of_vector(vector, 1)) {}
    constexpr value(const ref<riser::external>& reference) noexcept : value(reference.reference(), types::externref) {}
    constexpr value(const ref<riser::function>& reference) noexcept : value(reference.reference(), types::funcref) {}
    constexpr value(core::runtime::counted_reference reference, value_type type) noexcept
        : type_(type), store_(reference.store()), low_(reference.take_word()) {}

    constexpr value(const value& other) noexcept
        : type_(other.type_), store_(other.store_), low_(other.low_), high_(other.high_) {
        if (is_counted()) {
            core::runtime::retain_reference(low_, store_);
        }
    }
    constexpr value(value&& other) noexcept
        : type_(other.type_), store_(other.store_), low_(other.low_), high_(other.high_) {
        if (is_counted()) {
            other.low_ = 0;
        }
    }
    constexpr value& operator=(value other) noexcept {
        std::swap(type_, other.type_);
        std::swap(store_, other.store_);
        std::swap(low_, other.low_);
        std::swap(high_, other.high_);
        return *this;
    }
    constexpr ~value() {
        if (is_counted()) {
            core::runtime::release_reference(low_, store_);
        }
    }

    /// The null reference of a type, or zero of a number or vector type.
    [[nodiscard]] static constexpr value zero(value_type type) noexcept { return from_bits(type, 0, 0); }
    /// Exact bits, of a number or vector; those beyond the type's width do not count. With these the payload of a NaN
    /// survives. The null reference of a reference type, whatever the bits.
    [[nodiscard]] static constexpr value from_bits(value_type type, std::uint64_t low,
                                                   std::uint64_t high = 0) noexcept {
        value made;
        made.type_ = type;
        if (!type.is_reference()) {
            made.low_ = type == types::i32 || type == types::f32 ? static_cast<std::uint32_t>(low) : low;
            made.high_ = type == types::v128 ? high : 0;
        }
        return made;
    }

    /// The type as which it was made or came out of wasm; for references that is the static one.
    [[nodiscard]] constexpr value_type type() const noexcept { return type_; }
    [[nodiscard]] constexpr bool is_null() const noexcept { return type_.is_reference() && low_ == 0; }

    // A usage_error where the type is another.
    [[nodiscard]] constexpr std::int32_t i32() const {
        check(type_ == types::i32, "a value that is no i32 was asked for one");
        return static_cast<std::int32_t>(low_);
    }
    [[nodiscard]] constexpr std::int64_t i64() const {
        check(type_ == types::i64, "a value that is no i64 was asked for one");
        return static_cast<std::int64_t>(low_);
    }
    [[nodiscard]] constexpr float f32() const {
        check(type_ == types::f32, "a value that is no f32 was asked for one");
        return std::bit_cast<float>(static_cast<std::uint32_t>(low_));
    }
    [[nodiscard]] constexpr double f64() const {
        check(type_ == types::f64, "a value that is no f64 was asked for one");
        return std::bit_cast<double>(low_);
    }
    [[nodiscard]] constexpr riser::v128 vector() const {
        check(type_ == types::v128, "a value that is no v128 was asked for one");
        return core::runtime::vector_of_words(low_, high_);
    }
    [[nodiscard]] constexpr ref<riser::external> external() const {
        check(type_.is_reference() && core::runtime::may_be_external(type_.heap()),
              "a value that is no external reference was asked for one");
        return ref<riser::external>(reference());
    }
    [[nodiscard]] constexpr ref<riser::function> function() const {
        check(type_.is_reference() && core::runtime::may_be_function(type_.heap()),
              "a value that is no reference to a function was asked for one");
        return ref<riser::function>(reference());
    }
    /// Null where the type is another.
    [[nodiscard]] constexpr core::runtime::counted_reference reference() const noexcept {
        return type_.is_reference() ? core::runtime::counted_reference(low_, store_)
                                    : core::runtime::counted_reference();
    }

    [[nodiscard]] constexpr std::uint64_t low_bits() const noexcept { return low_; }
    [[nodiscard]] constexpr std::uint64_t high_bits() const noexcept { return high_; } ///< of v128

private:
    static constexpr void check(bool has_type, const char* else_what) {
        if (!has_type) [[unlikely]] {
            core::runtime::misuse(else_what);
        }
    }
    [[nodiscard]] constexpr bool is_counted() const noexcept { return low_ != 0 && type_.is_reference(); }

    value_type type_;
    core::runtime::store_data* store_ = nullptr; ///< of references
    std::uint64_t low_ = 0;
    std::uint64_t high_ = 0; ///< of v128
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/value.hpp"
#endif
