#pragma once

#include "riser/core/api/native_types.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/wasm/types.hpp"
#include "riser/error.hpp"
#include "riser/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

// Values of dynamic type into and out of slots.

namespace riser::inline v0_1::core::runtime {

[[nodiscard]] inline std::uint32_t slots_of(std::span<const wasm::value_type> types) noexcept {
    std::uint32_t slots = 0;
    for (const wasm::value_type type : types) {
        slots += type.slots();
    }
    return slots;
}

/// May `given` go where `type` is expected? What a reference points at counts, not what the value's type says; so a
/// function of the host may be passed as (ref $t).
[[nodiscard]] inline bool value_fits(const store_data& store, const value& given, wasm::value_type type) noexcept {
    if (!type.is_reference()) {
        return given.type() == type;
    }
    if (!given.type().is_reference()) {
        return false;
    }
    type_registry& types = store.engine->types;
    type_hold held; // the embedder may have kept the value longer than its type
    if (!types.try_hold(given.type(), held)) {
        return false;
    }
    if (given.is_null()) {
        return type.is_nullable() && (types.is_subtype(given.type().heap(), type.heap()) ||
                                      types.is_subtype(type.heap(), given.type().heap()));
    }
    const reference_header& target = target_of(given.low_bits());
    if (given.reference().store() != &store) {
        return false;
    }
    return target.kind == reference_kind::function
               ? types.is_subtype(wasm::heap_type::concrete(target.type), type.heap())
               : types.is_subtype(given.type().non_null(), type);
}

/// Why `given`, which `what` names, does not fit.
[[nodiscard, gnu::cold, gnu::noinline]] inline error unfit_value(const store_data& store, wasm::message what,
                                                                 const value& given, wasm::value_type expected) {
    if (expected.is_reference() && given.type().is_reference() && !given.is_null() &&
        given.reference().store() != &store) {
        return usage_failure({what.text(), " is a reference of another store"});
    }
    return usage_failure({what.text(), " is of type ", describe(given.type()), ", not of type ", describe(expected)});
}

RISER_INLINE std::uint64_t word_into(store_data& store, const counted_reference& reference) noexcept {
    spread_word(store, reference.word());
    collect_if_worthwhile(store); // functions of the host may have come and gone
    return reference.word();
}

inline void write_value(store_data& store, slot* to, const value& given) noexcept {
    to[0] = given.type().is_reference() ? word_into(store, given.reference()) : given.low_bits();
    if (given.type().slots() == 2) {
        to[1] = given.high_bits();
    }
}

inline void write_values(store_data& store, slot* to, std::span<const value> values) noexcept {
    for (const value& one : values) {
        write_value(store, to, one);
        to += one.type().slots();
    }
}

[[nodiscard]] inline value read_value(store_data& store, const slot* from, wasm::value_type type) noexcept {
    return type.is_reference() ? value(counted_reference(from[0], &store), type)
                               : value::from_bits(type, from[0], type.slots() == 2 ? from[1] : 0);
}

inline void read_values(store_data& store, const slot* from, std::span<const wasm::value_type> types,
                        std::span<value> values) {
    // Nothing that the old values hold may go while a word is here that nobody counts: all are counted first.
    for (std::size_t i = 0; i < types.size(); ++i) {
        if (types[i].is_reference() && *from != 0) {
            retain_reference(*from, &store);
        }
        from += types[i].slots();
    }
    for (std::size_t i = types.size(); i != 0; --i) {
        const wasm::value_type type = types[i - 1];
        from -= type.slots();
        values[i - 1] = read_value(store, from, type);
        if (type.is_reference() && *from != 0) {
            release_reference(*from, &store);
        }
    }
}

} // namespace riser::inline v0_1::core::runtime
