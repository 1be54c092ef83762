#pragma once

#include "riser/error.hpp"

#include <cstdint>
#include <string>

namespace riser::inline v0::wasi {

/// The guest called proc_exit: how a call into a program ends, also where the program succeeded.
class exit_status : public error {
    struct state final : core::runtime::error_state {
        state(const void* tag_, std::uint32_t code_)
            : error_state(tag_, "the program exited with code " + std::to_string(code_)), code(code_) {}
        std::uint32_t code;
    };

public:
    explicit exit_status(const error& failure) noexcept : error(failure) {}
    explicit exit_status(std::uint32_t code) : error(core::runtime::make_error_state<exit_status, state>(code)) {}

    [[nodiscard]] std::uint32_t code() const noexcept { return static_cast<const state*>(error::state().get())->code; }
};

} // namespace riser::inline v0::wasi
