#pragma once

#include "riser/core/runtime/trap_record.hpp"
#include "riser/error.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// What the errors of the public API share among their copies.

namespace riser::inline v0::core::runtime {

struct compile_error_state : error_state {
    compile_error_state(const void* tag_, std::string message_, compile_error::reason why_, std::size_t offset_,
                        std::optional<std::uint32_t> function_)
        : error_state(tag_, std::move(message_)), why(why_), offset(offset_), function(function_) {}
    compile_error::reason why;
    std::size_t offset;
    std::optional<std::uint32_t> function;
};

struct link_error_state : error_state {
    link_error_state(const void* tag_, std::string message_, std::vector<unsatisfied_import> unsatisfied_)
        : error_state(tag_, std::move(message_)), unsatisfied(std::move(unsatisfied_)) {}
    std::vector<unsatisfied_import> unsatisfied;
};

struct trap_state : error_state {
    trap_state(const void* tag_, std::string message_, trap_kind kind_, trap_record record_)
        : error_state(tag_, std::move(message_)), kind(kind_), record(std::move(record_)) {}
    trap_kind kind;
    trap_record record;
};

struct host_error_state : error_state {
    host_error_state(const void* tag_, std::string message_, std::exception_ptr exception_)
        : error_state(tag_, std::move(message_)), exception(std::move(exception_)) {}
    std::exception_ptr exception;
};

/// The text of a trap: the kind's wording first, then details if there are any.
[[nodiscard, gnu::cold, gnu::noinline]] inline error make_trap(trap_kind kind, std::string message, trap_record record) {
    const std::string_view wording = to_string(kind);
    if (message.compare(0, wording.size(), wording) != 0) {
        message = std::string(wording).append(message.empty() ? "" : ": ").append(message);
    }
    return error::from_state(make_error_state<trap, trap_state>(std::move(message), kind, std::move(record)));
}

} // namespace riser::inline v0::core::runtime
