#pragma once

#include "riser/error.hpp"

#include <cstdint>
#include <cstdlib>

namespace riser::inline v0_1::wasi {

/// The guest called proc_exit: how a call into a program ends, also where the program succeeded.
class exit_status : public error {
    struct state final : core::runtime::error_state {
        state(const core::type_key* type_, std::uint32_t code_) noexcept
            : error_state(type_, core::text("the program exited with code ").append(std::uint64_t{code_})),
              code(code_) {}
        std::uint32_t code;
    };

public:
    static constexpr process_name<exit_status> name_in_process{"riser::wasi::exit_status"};

    exit_status(const error& failure, key) noexcept : error(failure) {}
    explicit exit_status(std::uint32_t code) noexcept
        : error(core::runtime::make_error_state<exit_status, state>(code)) {}

    [[nodiscard]] std::uint32_t code() const noexcept {
        return is<exit_status>() ? static_cast<const state*>(error::state().get())->code : EXIT_FAILURE;
    }
};

} // namespace riser::inline v0_1::wasi
