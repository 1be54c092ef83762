#pragma once

#include "riser/error.hpp"
#include "riser/wasi/detail/descriptor.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/options.hpp"

#include <cerrno>
#include <cstdint>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace riser::inline v0_1::wasi {

/// The state of WASI in one store: `store.emplace<riser::wasi::context>(options)`. A guest that has closed a descriptor, or
/// has moved a file's position, leaves it so for the next guest of the store.
class context {
public:
    /// \returns resource_error where a preopened directory cannot be opened or there is no memory for the descriptors, usage_error
    /// for a clock without all functions.
    [[nodiscard]] static result<context> try_create(const options& from) {
        if (static_cast<bool>(from.clock().now) != static_cast<bool>(from.clock().wait)) {
            return usage_error("a clock_source needs both functions, now and wait");
        }
        context made(from, descriptors_of(from));
        bool has_memory = made.add(detail::make_standard_input(from.standard_input())) &&
                          made.add(detail::make_standard_output(from.standard_output(), 1)) &&
                          made.add(detail::make_standard_output(from.standard_error(), 2));
        for (const int socket : from.listeners()) {
            has_memory = has_memory && made.add(detail::make_listener(socket));
        }
        unsigned read_only_mounts = 0;
        for (const preopen& directory : from.preopens()) {
            detail::unique_fd opened(::open(directory.host.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if (!opened) {
                return resource_error(resource_error::reason::file, "cannot open the directory '" + directory.host +
                                                                        "': " + std::generic_category().message(errno));
            }
            has_memory =
                has_memory && made.add(make_preopen(std::move(opened), directory.guest,
                                                    directory.access == access::read_only ? ++read_only_mounts : 0));
        }
        if (!has_memory) {
            return resource_error("out of memory: it was needed for the descriptors of a riser::wasi::context");
        }
        return made;
    }

#if defined(__cpp_exceptions)
    explicit context(const options& from) : context(try_create(from).value()) {}
#endif
    context(context&&) noexcept = default;
    context& operator=(context&&) noexcept = default;

    [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return arguments_; }
    [[nodiscard]] const std::vector<std::string>& environment() const noexcept { return environment_; }

    /// Null: the system's. Calls share it, since a random source may replace the context.
    [[nodiscard]] const std::shared_ptr<const random_source>& random() const noexcept { return random_; }
    [[nodiscard]] const clock_source& clock() const noexcept { return clock_; }
    [[nodiscard]] std::uint64_t listing_limit() const noexcept { return listing_limit_; } ///< in bytes

    /// For the functions of this library.
    [[nodiscard]] detail::descriptor_table& descriptors() noexcept { return descriptors_; }

private:
    /// Room for what the options state, whatever the limit.
    [[nodiscard]] static std::uint32_t descriptors_of(const options& from) noexcept {
        const auto stated = static_cast<std::uint32_t>(3 + from.listeners().size() + from.preopens().size());
        return from.descriptor_limit() > stated ? from.descriptor_limit() : stated;
    }

    context(const options& from, std::uint32_t descriptor_limit)
        : arguments_(from.arguments()), environment_(from.environment()),
          random_(from.random() ? std::make_shared<const random_source>(from.random()) : nullptr), clock_(from.clock()),
          listing_limit_(from.listing_limit()), descriptors_(descriptor_limit) {}

    /// \returns false where there is no memory.
    [[nodiscard]] bool add(detail::descriptor what) noexcept {
        const bool has_memory = descriptors_.reserve() == errc::success;
        if (has_memory) {
            descriptors_.insert(std::move(what));
        }
        return has_memory;
    }

    /// A read-only one has the same rights: libc does not even ask for what it takes to be impossible.
    [[nodiscard]] static detail::descriptor make_preopen(detail::unique_fd opened, const std::string& name,
                                                         unsigned read_only_mount) {
        detail::descriptor made = detail::make_directory(std::move(opened), detail::rights::of_directory,
                                                         detail::rights::of_directory | detail::rights::of_file);
        made.read_only_mount = read_only_mount;
        made.preopened_as = name;
        return made;
    }

    std::vector<std::string> arguments_;
    std::vector<std::string> environment_; ///< NAME=value
    std::shared_ptr<const random_source> random_;
    clock_source clock_;
    std::uint64_t listing_limit_;
    detail::descriptor_table descriptors_;
};

namespace detail {

/// What the guest calls `number`. \returns badf where that is not open or cannot do this, notcapable where the guest has
/// given up the right.
[[nodiscard]] inline errc find_open(context& self, std::uint32_t number, std::uint64_t right,
                                    descriptor*& found) noexcept {
    found = self.descriptors().find(number);
    return found == nullptr ? errc::badf : check_right(*found, right);
}

} // namespace detail
} // namespace riser::inline v0_1::wasi
