#pragma once

#include "riser/core/api/references.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/error.hpp"

#include <utility>

namespace riser::inline v0 {

namespace core::runtime {

/// The state of an error as the class that its tag says.
template <class State>
[[nodiscard]] const State& state_as(const error& failure) noexcept {
    return static_cast<const State&>(*failure.state());
}

} // namespace core::runtime

RISER_INLINE const char* error::what() const noexcept { return state_ ? state_->message.c_str() : "no error"; }

namespace core::runtime {

/// "app.wasm: type mismatch, at byte 71 in function 3"
[[nodiscard, gnu::cold, gnu::noinline]] inline std::string
message_of_compile_error(std::string_view file, const std::string& description, std::size_t offset,
                         std::optional<std::uint32_t> function) {
    std::string message(file);
    message += file.empty() ? "" : ": ";
    message += description;
    message += ", at byte ";
    message += std::to_string(offset);
    if (function) {
        message += " in function ";
        message += std::to_string(*function);
    }
    return message;
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE compile_error::compile_error(reason why, const std::string& description, std::size_t offset,
                                                        std::optional<std::uint32_t> function, std::string_view file)
    : error(core::runtime::make_error_state<compile_error, core::runtime::compile_error_state>(
          core::runtime::message_of_compile_error(file, description, offset, function), description, why, offset,
          function)) {}
RISER_INLINE const std::string& compile_error::description() const noexcept {
    return core::runtime::state_as<core::runtime::compile_error_state>(*this).description;
}
RISER_INLINE compile_error::reason compile_error::why() const noexcept {
    return core::runtime::state_as<core::runtime::compile_error_state>(*this).why;
}
RISER_INLINE std::size_t compile_error::offset() const noexcept {
    return core::runtime::state_as<core::runtime::compile_error_state>(*this).offset;
}
RISER_INLINE std::optional<std::uint32_t> compile_error::function() const noexcept {
    return core::runtime::state_as<core::runtime::compile_error_state>(*this).function;
}

[[gnu::cold]] RISER_INLINE link_error::link_error(std::string message, std::vector<unsatisfied_import> unsatisfied)
    : error(core::runtime::make_error_state<link_error, core::runtime::link_error_state>(std::move(message),
                                                                                         std::move(unsatisfied))) {}
RISER_INLINE const std::vector<unsatisfied_import>& link_error::unsatisfied() const noexcept {
    return core::runtime::state_as<core::runtime::link_error_state>(*this).unsatisfied;
}

[[gnu::cold]] RISER_INLINE trap::trap(trap_kind kind, std::string message)
    : error(core::runtime::make_trap(kind, std::move(message), {})) {}
RISER_INLINE trap_kind trap::kind() const noexcept {
    return core::runtime::state_as<core::runtime::trap_state>(*this).kind;
}
[[gnu::cold]] RISER_INLINE std::vector<trap_frame> trap::backtrace() const {
    std::vector<trap_frame> frames;
    for (const core::runtime::recorded_frame& recorded :
         core::runtime::state_as<core::runtime::trap_state>(*this).record) {
        const core::runtime::module_state& module = *recorded.module;
        frames.push_back({std::string(module.info.name), recorded.function,
                          std::string(core::runtime::name_of_function(module, recorded.function)),
                          module.byte_offset(module.info, module.bytes, recorded.function, recorded.word).value_or(0)});
    }
    return frames;
}

[[gnu::cold]] RISER_INLINE usage_error::usage_error(std::string message)
    : error(core::runtime::make_error_state<usage_error, core::runtime::error_state>(std::move(message))) {}

[[gnu::cold]] RISER_INLINE resource_error::resource_error(std::string message)
    : error(core::runtime::make_error_state<resource_error, core::runtime::error_state>(std::move(message))) {}

[[gnu::cold]] RISER_INLINE host_error::host_error(std::string message, std::exception_ptr exception)
    : error(core::runtime::make_error_state<host_error, core::runtime::host_error_state>(std::move(message),
                                                                                         std::move(exception))) {}
[[gnu::cold]] RISER_INLINE std::exception_ptr host_error::exception() const noexcept {
    return core::runtime::state_as<core::runtime::host_error_state>(*this).exception;
}

} // namespace riser::inline v0
