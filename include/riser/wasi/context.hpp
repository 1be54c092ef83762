#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/wasi/options.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace riser::inline v0_1::wasi {

namespace detail {
class descriptor_table;
struct context_state;
} // namespace detail

/// The state of WASI in one store: `store.emplace<riser::wasi::context>(options)`. A guest that has closed a descriptor, or
/// has moved a file's position, leaves it so for the next guest of the store.
class context {
public:
    /// \returns resource_error where a preopened directory cannot be opened or there is no memory for the descriptors, usage_error
    /// for a clock without all functions.
    [[nodiscard]] static RISER_INLINE result<context> try_create(const options& from);

#if defined(__cpp_exceptions)
    explicit context(const options& from) : context(try_create(from).value()) {}
#endif
    /// What was moved from has no arguments, and no descriptor is open in it.
    context(context&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    context& operator=(context&& other) noexcept {
        context old(std::move(other));
        std::swap(state_, old.state_);
        return *this;
    }
    RISER_INLINE ~context();

    [[nodiscard]] RISER_INLINE const std::vector<std::string>& arguments() const noexcept;
    [[nodiscard]] RISER_INLINE const std::vector<std::string>& environment() const noexcept;
    [[nodiscard]] RISER_INLINE const clock_source& clock() const noexcept;
    [[nodiscard]] RISER_INLINE std::uint64_t listing_limit() const noexcept; ///< in bytes

    // For the functions of this library.
    [[nodiscard]] RISER_INLINE detail::context_state& state() const noexcept;
    [[nodiscard]] RISER_INLINE detail::descriptor_table& descriptors() noexcept;

private:
    explicit context(detail::context_state* state) noexcept : state_(state) {}

    detail::context_state* state_; ///< owned; null where it was moved from
};

} // namespace riser::inline v0_1::wasi

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/wasi/detail/context.hpp"
#endif
