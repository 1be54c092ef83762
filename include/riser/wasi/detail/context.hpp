#pragma once

#include "riser/config.hpp"
#include "riser/error.hpp"
#include "riser/wasi/context.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/descriptor.hpp"
#include "riser/wasi/detail/unique_fd.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/options.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>

namespace riser::inline v0_1::wasi {

namespace detail {

struct context_state {
    context_state(const options& from, std::uint32_t descriptor_limit)
        : arguments(from.arguments()), environment(from.environment()),
          random(from.random() ? std::make_shared<const random_source>(from.random()) : nullptr),
          clock(std::make_shared<const clock_source>(from.clock())), listing_limit(from.listing_limit()),
          descriptors(descriptor_limit) {}

    /// \returns false where there is no memory.
    [[nodiscard]] bool add(descriptor what) noexcept {
        const bool has_memory = descriptors.reserve() == errc::success;
        if (has_memory) {
            descriptors.insert(std::move(what));
        }
        return has_memory;
    }

    std::vector<std::string> arguments;
    std::vector<std::string> environment; ///< NAME=value
    // Shared with their calls, which may replace the context.
    std::shared_ptr<const random_source> random; ///< null: the system's
    std::shared_ptr<const clock_source> clock;   ///< never null
    std::uint64_t listing_limit;
    descriptor_table descriptors;
};

/// Room for what the options state, whatever the limit.
[[nodiscard]] inline std::uint32_t descriptors_of(const options& from) noexcept {
    const auto stated = static_cast<std::uint32_t>(3 + from.listeners().size() + from.preopens().size());
    return from.descriptor_limit() > stated ? from.descriptor_limit() : stated;
}

/// What a context has that was moved from. Nothing is open in it and nothing can be, so that threads may share it.
[[nodiscard, gnu::cold]] inline context_state& moved_from() noexcept {
    static context_state none(options(), 0);
    return none;
}

/// A read-only one has the same rights: libc does not even ask for what it takes to be impossible.
[[nodiscard]] inline descriptor make_preopen(unique_fd opened, const std::string& name, unsigned read_only_mount) {
    descriptor made = make_directory(std::move(opened), rights::of_directory, rights::of_directory | rights::of_file);
    made.read_only_mount = read_only_mount;
    made.preopened_as = name;
    return made;
}

/// What the guest calls `number`. \returns badf where that is not open or cannot do this, notcapable where the guest has
/// given up the right.
[[nodiscard]] inline errc find_open(context& self, std::uint32_t number, std::uint64_t right,
                                    descriptor*& found) noexcept {
    found = self.descriptors().find(number);
    return found == nullptr ? errc::badf : check_right(*found, right);
}

} // namespace detail

RISER_INLINE context::~context() { delete state_; }

RISER_INLINE detail::context_state& context::state() const noexcept {
    return state_ != nullptr ? *state_ : detail::moved_from();
}
RISER_INLINE const std::vector<std::string>& context::arguments() const noexcept { return state().arguments; }
RISER_INLINE const std::vector<std::string>& context::environment() const noexcept { return state().environment; }
RISER_INLINE const clock_source& context::clock() const noexcept { return *state().clock; }
RISER_INLINE std::uint64_t context::listing_limit() const noexcept { return state().listing_limit; }
RISER_INLINE detail::descriptor_table& context::descriptors() noexcept { return state().descriptors; }

[[gnu::cold]] RISER_INLINE result<context> context::try_create(const options& from) {
    if (static_cast<bool>(from.clock().now) != static_cast<bool>(from.clock().wait)) {
        return usage_error("a clock_source needs both functions, now and wait");
    }
    context made(new (std::nothrow) detail::context_state(from, detail::descriptors_of(from)));
    detail::context_state& state = made.state();
    bool has_memory = made.state_ != nullptr && state.add(detail::make_standard_input(from.standard_input())) &&
                      state.add(detail::make_standard_output(from.standard_output(), 1)) &&
                      state.add(detail::make_standard_output(from.standard_error(), 2));
    for (const int socket : from.listeners()) {
        has_memory = has_memory && state.add(detail::make_listener(socket));
    }
    unsigned read_only_mounts = 0;
    for (const preopen& directory : from.preopens()) {
        detail::unique_fd opened(::open(directory.host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (!opened) {
            return resource_error(resource_error::reason::file, "cannot open the directory '" + directory.host +
                                                                    "': " + std::generic_category().message(errno));
        }
        has_memory = has_memory &&
                     state.add(detail::make_preopen(std::move(opened), directory.guest,
                                                    directory.access == access::read_only ? ++read_only_mounts : 0));
    }
    if (!has_memory) {
        return resource_error("out of memory: it was needed for the descriptors of a riser::wasi::context");
    }
    return made;
}

} // namespace riser::inline v0_1::wasi
