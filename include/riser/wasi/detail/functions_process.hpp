#pragma once

#include "riser/error.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/errc.hpp"
#include "riser/wasi/exit_status.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <sched.h>
#include <sys/random.h>
#include <unistd.h>

// Arguments, environment, randomness, and the end of the program.

namespace riser::inline v0_1::wasi::detail {

/// With their NULs.
[[nodiscard]] inline std::uint64_t bytes_of(const std::vector<std::string>& strings) noexcept {
    std::uint64_t bytes = 0;
    for (const std::string& string : strings) {
        bytes += string.size() + 1;
    }
    return bytes;
}

/// Stores the number of strings, and the bytes that they and their NULs take.
[[nodiscard]] inline errc put_sizes(const guest_memory& memory, const std::vector<std::string>& strings,
                                    std::uint32_t count_at, std::uint32_t size_at) {
    guest_record count;
    guest_record size;
    if (!memory.find(count_at, 4, count) || !memory.find(size_at, 4, size)) {
        return errc::fault;
    }
    const std::uint64_t bytes = bytes_of(strings);
    if (bytes > UINT32_MAX || strings.size() > UINT32_MAX) {
        return errc::overflow;
    }
    count.set(0, static_cast<std::uint32_t>(strings.size()));
    size.set(0, static_cast<std::uint32_t>(bytes));
    return errc::success;
}

/// Stores the strings, NUL-terminated, one after the other, and the address of each.
[[nodiscard]] inline errc put_strings(const guest_memory& memory, const std::vector<std::string>& strings,
                                      std::uint32_t pointers_at, std::uint32_t buffer_at) {
    guest_record pointers;
    guest_record buffer;
    if (!memory.find(pointers_at, std::uint64_t{4} * strings.size(), pointers) ||
        !memory.find(buffer_at, bytes_of(strings), buffer)) {
        return errc::fault;
    }
    if (const errc failure = memory.charge(bytes_of(strings)); failure != errc::success) {
        return failure;
    }
    std::size_t used = 0;
    for (std::size_t i = 0; i < strings.size(); ++i) {
        const std::size_t size = strings[i].size() + 1;
        std::memcpy(buffer.bytes().data() + used, strings[i].c_str(), size);
        pointers.set(4 * i, static_cast<std::uint32_t>(buffer_at + used));
        used += size;
    }
    return errc::success;
}

inline errc args_sizes_get(context& self, const guest_memory& memory, std::uint32_t count_at, std::uint32_t size_at) {
    return put_sizes(memory, self.arguments(), count_at, size_at);
}

inline errc args_get(context& self, const guest_memory& memory, std::uint32_t pointers_at, std::uint32_t buffer_at) {
    return put_strings(memory, self.arguments(), pointers_at, buffer_at);
}

inline errc environ_sizes_get(context& self, const guest_memory& memory, std::uint32_t count_at,
                              std::uint32_t size_at) {
    return put_sizes(memory, self.environment(), count_at, size_at);
}

inline errc environ_get(context& self, const guest_memory& memory, std::uint32_t pointers_at, std::uint32_t buffer_at) {
    return put_strings(memory, self.environment(), pointers_at, buffer_at);
}

/// The embedder's numbers go through a buffer of the host: its function may use the store, which moves the guest's memory.
[[nodiscard]] inline errc fill_from(const random_source& source, const guest_memory& memory, std::uint32_t at,
                                    std::uint32_t size) {
    std::byte content[4096];
    for (std::uint32_t done = 0; done != size;) {
        if (memory.is_interrupted()) {
            return errc::intr;
        }
        const std::span<std::byte> part = std::span(content).first(std::min<std::size_t>(size - done, sizeof content));
        source(part);
        guest_record place;
        if (!memory.find(at + done, part.size(), place)) {
            return errc::fault;
        }
        std::memcpy(place.bytes().data(), part.data(), part.size());
        done += static_cast<std::uint32_t>(part.size());
    }
    return errc::success;
}

/// In parts, between which an interrupt ends the call.
inline errc random_get(context& self, const guest_memory& memory, std::uint32_t buffer_at, std::uint32_t size) {
    constexpr std::size_t most = 256; // what getentropy gives at once
    guest_record buffer;
    if (!memory.find(buffer_at, size, buffer)) {
        return errc::fault;
    }
    if (const errc failure = memory.charge(size); failure != errc::success) {
        return failure;
    }
    if (const std::shared_ptr<const random_source> source = self.state().random) {
        return fill_from(*source, memory, buffer_at, size);
    }
    for (std::span<std::byte> rest = buffer.bytes(); !rest.empty();) {
        if (memory.is_interrupted()) {
            return errc::intr;
        }
        const std::span<std::byte> part = rest.first(std::min(rest.size(), most));
        if (::getentropy(part.data(), part.size()) != 0) {
            return last_error();
        }
        rest = rest.subspan(part.size());
    }
    return errc::success;
}

inline errc sched_yield(context&) { return ::sched_yield() == 0 ? errc::success : last_error(); }

inline result<void> proc_exit(context&, std::uint32_t code) { return exit_status(code); }

/// There are no handlers, so that each signal does what it does by default. The program's exit status is then what a shell
/// says of a program that a signal has ended.
inline result<errc> proc_raise(context&, std::uint32_t signal) {
    constexpr std::uint32_t last = 30;
    constexpr std::uint32_t cont = 17;
    // By default pipe, chld, cont, urg and winch are ignored; stop, tstp, ttin and ttou would stop the program.
    constexpr std::uint32_t ignored = 1U << 0U | 1U << 13U | 1U << 16U | 1U << cont | 1U << 22U | 1U << 27U;
    constexpr std::uint32_t stopping = 1U << 18U | 1U << 19U | 1U << 20U | 1U << 21U;
    if (signal > last) {
        return errc::inval;
    }
    if ((ignored >> signal & 1U) != 0) {
        return errc::success;
    }
    if ((stopping >> signal & 1U) != 0) {
        return errc::notsup;
    }
    return exit_status(128 + signal);
}

} // namespace riser::inline v0_1::wasi::detail
