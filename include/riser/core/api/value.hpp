#pragma once

#include "riser/core/api/handles.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/store/reference_words.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/value.hpp"

namespace riser::inline v0_1 {

namespace core::runtime {

RISER_INLINE void retain_reference(std::uint64_t word, store_data* store) noexcept {
    if (target_of(word).kind == reference_kind::external) {
        ++external_of(word).references;
    } else if (const function_object& function = *function_of(word); function.is_of_host()) {
        retain(&definition_of(function));
    } else {
        retain_object(cell_of(*function.instance));
    }
    ++store->handles;
}

RISER_INLINE void release_reference(std::uint64_t word, store_data* store) noexcept {
    if (target_of(word).kind == reference_kind::external) {
        --external_of(word).references;
    } else if (const function_object& function = *function_of(word); function.is_of_host()) {
        release(&definition_of(function));
    } else {
        release_object(cell_of(*function.instance));
    }
    release_store(*store);
}

} // namespace core::runtime

RISER_INLINE std::uint64_t ref<external>::payload() const noexcept {
    return is_null() ? 0 : core::runtime::external_of(reference_.word()).payload;
}

} // namespace riser::inline v0_1
