#pragma once

#include "riser/core/store/store_data.hpp"
#include "riser/value.hpp"

namespace riser::inline v0 {

RISER_INLINE std::uint64_t ref<external>::payload() const noexcept {
    return is_null() ? 0 : core::runtime::external_of(word_)->payload;
}

} // namespace riser::inline v0
