#pragma once

#include "riser/core/store/store_data.hpp"
#include "riser/core/store/store_handle.hpp"
#include "riser/core/store/store_object.hpp"

namespace riser::inline v0_1::core::runtime {

inline void release_store(store_data& store) noexcept {
    if (--store.handles == 0) {
        store.services->destroy(&store);
    }
}

RISER_INLINE void retain_handle(store_object* object) noexcept {
    ++object->references;
    ++object->home->handles;
}

RISER_INLINE void release_handle(store_object* object) noexcept {
    store_data& store = *object->home;
    release_object(*object);
    release_store(store);
}

/// Keeps a store while something of it runs: a host function may drop every handle there is.
class store_guard {
public:
    explicit store_guard(store_data& store) noexcept : store_(&store) { ++store.handles; }
    store_guard(const store_guard&) = delete;
    store_guard& operator=(const store_guard&) = delete;
    ~store_guard() { release_store(*store_); }

private:
    store_data* store_;
};

/// A handle that takes over a reference.
[[nodiscard]] inline store_handle adopt_handle(store_object& object) noexcept {
    store_handle made(&object);
    --object.references;
    return made;
}

} // namespace riser::inline v0_1::core::runtime
