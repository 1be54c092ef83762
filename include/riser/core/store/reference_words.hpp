#pragma once

#include "riser/config.hpp"
#include "riser/core/store/objects.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_object.hpp"

#include <cstddef>
#include <cstdint>

// References as words, and who keeps alive what they point at. The host counts its references: `ref<T>`, `value`. Wasm does not
// count: before a word goes to where wasm may copy it, its owner is said to be spread, and from then on only a collection
// can tell that nobody has the reference any more.

namespace riser::inline v0_1::core::runtime {

[[nodiscard]] inline slot word_of(const reference_header* target) noexcept {
    return core::cast<slot>(reinterpret_cast<std::uintptr_t>(target));
}
/// What a word that is not null points at.
[[nodiscard]] inline reference_header& target_of(slot word) noexcept {
    return *reinterpret_cast<reference_header*>(core::cast<std::uintptr_t>(word));
}
[[nodiscard]] inline function_object* function_of(slot word) noexcept {
    return static_cast<function_object*>(reinterpret_cast<reference_header*>(core::cast<std::uintptr_t>(word)));
}
[[nodiscard]] inline external_box& external_of(slot word) noexcept {
    return static_cast<external_box&>(target_of(word));
}
[[nodiscard]] inline host_definition& definition_of(const function_object& function) noexcept {
    return static_cast<host_definition&>(*function.host);
}

/// Collects garbage where enough may have come together. Only where the host could drop its last handle: each word that is in a
/// local variable then has somebody who counts it.
inline void collect_if_worthwhile(store_data& store) noexcept {
    if (store.uncollected >= store.collect_at) [[unlikely]] {
        static_cast<void>(store.services->collect(store));
    }
}

/// What `make` makes; where it has `failed`, what it makes once garbage has been collected, if there was any. Only where the host
/// asks for it: a collection runs destructors of the embedder's, so that instructions that want memory do not begin one.
template <class Make, class Failed>
[[nodiscard]] auto make_with_room(store_data& store, const Make& make, const Failed& failed) noexcept {
    auto made = make();
    if (failed(made) && store.services->collect(store)) {
        made = make();
    }
    return made;
}
template <class Make>
[[nodiscard]] auto make_with_room(store_data& store, const Make& make) noexcept {
    return make_with_room(store, make, [](const void* made) { return made == nullptr; });
}
/// The same of what grows: \returns the size before, or -1.
template <class Grow>
[[nodiscard]] std::int64_t grow_with_room(store_data& store, const Grow& grow) noexcept {
    return make_with_room(store, grow, [](std::int64_t before) { return before < 0; });
}

[[nodiscard]] inline spread_definition* find_spread(const store_data& store, host_definition& definition) noexcept {
    const spread_definition wanted(shared_ref<host_definition>::share(&definition));
    return static_cast<spread_definition*>(store.definitions_by_address.find(wanted));
}

[[gnu::cold, gnu::noinline]] inline void spread(store_data& store, host_definition& definition) noexcept {
    if (find_spread(store, definition) != nullptr) {
        return;
    }
    const auto counted = shared_ref<host_definition>::share(&definition);
    auto* const made = make_object<spread_definition>(store.engine->options.allocator, counted);
    if (made == nullptr) {
        retain(&definition); // there is no memory to remember it: better it stays for good than that it goes too early
        return;
    }
    made->next = store.definitions;
    store.definitions = made;
    store.definitions_by_address.add(*made);
    ++store.uncollected;
}

/// From now on, references to the function may be where nobody counts them.
inline void spread(store_data& store, const function_object& function) noexcept {
    if (function.is_of_host()) {
        spread(store, definition_of(function));
    } else {
        cell_of(*function.instance).is_spread = true;
    }
}
inline void spread_word(store_data& store, slot word) noexcept {
    if (word != 0 && target_of(word).kind == reference_kind::function) {
        spread(store, *function_of(word));
    }
}

/// The box of a payload, to be counted by the host before anything else happens; null where there is no memory.
[[nodiscard, gnu::cold]] inline external_box* make_external(store_data& store, std::uint64_t payload) noexcept {
    collect_if_worthwhile(store);
    external_box wanted(store, payload);
    if (auto* const found = static_cast<external_box*>(store.externals_by_payload.find(wanted))) {
        return found;
    }
    auto* const made = make_object<external_box>(store.engine->options.allocator, store, payload);
    if (made != nullptr) {
        made->next = store.externals;
        store.externals = made;
        store.externals_by_payload.add(*made);
        ++store.uncollected;
    }
    return made;
}

} // namespace riser::inline v0_1::core::runtime
