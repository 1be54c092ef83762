#pragma once

#include "riser/caller.hpp"
#include "riser/core/api/handles.hpp"
#include "riser/core/api/instance.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/api/store.hpp"
#include "riser/core/execute/backtrace.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/execute/poll.hpp"
#include "riser/core/store/store_data.hpp"

#include <atomic>

namespace riser::inline v0_1 {

RISER_INLINE core::runtime::store_data& caller::store_data() const noexcept { return *context_->store; }

RISER_INLINE std::optional<riser::instance> caller::instance() const noexcept {
    if (context_->stack.instance == nullptr) {
        return std::nullopt;
    }
    return riser::instance(core::runtime::store_handle(&core::runtime::cell_of(*context_->stack.instance)));
}

RISER_INLINE std::vector<trap_frame> caller::backtrace() const {
    core::runtime::trap_record record;
    core::runtime::record_callers(*context_, record);
    return core::runtime::frames_of(record);
}

RISER_INLINE result<riser::table> caller::try_function_table() const {
    constexpr std::string_view name = "__indirect_function_table"; // of the tool conventions
    if (context_->stack.instance == nullptr) {
        return core::runtime::no_such_export(name, "table");
    }
    return instance()->try_table(name);
}

RISER_INLINE bool caller::exports_memory() const noexcept {
    return context_->stack.instance != nullptr && context_->stack.instance->exports_memory;
}

RISER_INLINE result<riser::memory> caller::try_memory() const {
    if (context_->stack.instance == nullptr || context_->stack.instance->host_memory == nullptr) {
        return core::runtime::usage_failure("the caller has no memory");
    }
    return riser::memory(core::runtime::store_handle(&core::runtime::cell_of(*context_->stack.instance->host_memory)));
}

RISER_INLINE result<riser::memory> caller::try_memory(std::string_view name) const {
    if (context_->stack.instance == nullptr) {
        return core::runtime::no_such_export(name, "memory");
    }
    return instance()->try_memory(name);
}

RISER_INLINE std::span<std::byte> caller::memory_bytes() const noexcept {
    return core::runtime::host_memory(*context_);
}

RISER_INLINE bool caller::is_interrupted() const noexcept { return core::runtime::is_interrupted(*context_); }

RISER_INLINE bool caller::take_interrupt() const noexcept {
    return core::runtime::take_interrupt(*context_) != trap_kind::none;
}

RISER_INLINE result<void> caller::try_poll() const {
    const trap_kind ending = core::runtime::take_interrupt(*context_);
    return ending == trap_kind::none ? result<void>() : result<void>(trap(ending));
}

RISER_INLINE std::uint64_t caller::nanoseconds_left() const noexcept {
    return core::runtime::time_left(*context_->store);
}

RISER_INLINE result<void> caller::try_charge(std::uint64_t operators) const {
    if (!core::runtime::charge(*context_, operators)) {
        return trap(context_->stack.exit.kind);
    }
    return {};
}

RISER_INLINE result<ref<riser::external>> caller::try_external(std::uint64_t payload) const {
    return core::runtime::make_external_reference(store_data(), payload);
}

} // namespace riser::inline v0_1
