#pragma once

#include "riser/caller.hpp"
#include "riser/wasi/detail/abi.hpp"
#include "riser/wasi/detail/context.hpp"
#include "riser/wasi/detail/functions_clock.hpp"
#include "riser/wasi/detail/growing_array.hpp"
#include "riser/wasi/detail/guest_memory.hpp"
#include "riser/wasi/detail/waiting.hpp"
#include "riser/wasi/errc.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <poll.h>
#include <sys/ioctl.h>

namespace riser::inline v0_1::wasi::detail {

/// What a guest waits for in poll_oneoff, until one of it has happened.
class poll_set {
public:
    poll_set(snapshot version, const context& self, const caller& who) noexcept
        : version_(version), clock_(self.state().clock), who_(who) {}

    /// \returns inval for a type that there is not, nomem where there is no memory, intr where an interrupt is to end the call. What
    /// else is wrong with the subscription becomes its event.
    [[nodiscard]] errc add(const guest_record& subscription) {
        event made{};
        if (ends_scan(events_.size())) {
            return errc::intr;
        }
        made.userdata = subscription.get<std::uint64_t>(0);
        const auto type = subscription.get<std::uint8_t>(8);
        if (type > static_cast<std::uint8_t>(event_type::fd_write)) {
            return errc::inval;
        }
        made.type = static_cast<event_type>(type);
        if (const errc failure = events_.append(made); failure != errc::success) {
            return failure;
        }
        return made.type == event_type::clock ? add_timer(subscription)
                                              : add_descriptor(subscription.get<std::uint32_t>(16));
    }

    /// Waits for at least one event. \returns intr where an interrupt is to end the call, nomem where there is no memory.
    [[nodiscard]] errc wait() {
        if (const errc failure = polled_.append(pollfd{}); failure != errc::success) { // see wait_a_while
            return failure;
        }
        const bool is_own_time = clock_->now && !timers_.empty();
        for (;;) {
            const std::uint64_t left = time_left();
            if (const errc failure = wait_a_while(who_, polled_, is_own_time ? 0 : left); failure != errc::success) {
                return failure;
            }
            note_descriptors();
            if (is_own_time && !has_happened_ && left != 0) {
                clock_->wait(left);
            }
            note_timers();
            if (has_happened_) {
                return errc::success;
            }
        }
    }

    /// Stores what has happened, in the order of the subscriptions. \returns how much.
    [[nodiscard]] std::uint32_t put(const guest_record& place) const noexcept {
        std::uint32_t count = 0;
        for (const event& each : events_) {
            if (!each.has_happened) {
                continue;
            }
            const guest_record record(place.bytes().subspan(std::size_t{event_size} * count++, event_size));
            record.clear();
            record.set(0, each.userdata);
            record.set(8, static_cast<std::uint16_t>(each.error));
            record.set(10, static_cast<std::uint8_t>(each.type));
            record.set(16, each.bytes);
            record.set(24, each.flags);
        }
        return count;
    }

private:
    static constexpr std::size_t scanned_between_looks = 64;

    struct event {
        std::uint64_t userdata;
        std::uint64_t bytes;
        errc error;
        event_type type;
        bool has_happened;
        std::uint16_t flags;
    };
    struct timer {
        std::size_t event;
        std::uint32_t clock;
        std::uint64_t target; ///< in nanoseconds of the clock
    };

    /// Whether a scan of many ends before item `at`, by an interrupt. It stays for who comes next, the wait or the guest, to end by.
    [[nodiscard]] bool ends_scan(std::size_t at) const noexcept {
        return at % scanned_between_looks == 0 && who_.is_interrupted();
    }

    [[nodiscard]] event& latest() noexcept { return events_[events_.size() - 1]; }

    void happen(event& what, errc error = errc::success, std::uint64_t bytes = 0) noexcept {
        what.has_happened = has_happened_ = true;
        what.error = error;
        what.bytes = bytes;
    }

    [[nodiscard]] errc add_timer(const guest_record& subscription) {
        const std::size_t at = version_ == snapshot::preview1 ? 16 : 24; // behind a second userdata
        auto clock = subscription.get<std::uint32_t>(at);
        const auto timeout = subscription.get<std::uint64_t>(at + 8);
        const auto flags = subscription.get<std::uint16_t>(at + 24);
        const bool is_valid =
            clock <= static_cast<std::uint32_t>(clock_id::thread_cputime) && (flags & ~subscription_clock_abstime) == 0;
        // POSIX refuses the thread's own CPU time, for which whoever waits would wait for ever.
        if (!is_valid || clock == static_cast<std::uint32_t>(clock_id::thread_cputime)) {
            happen(latest(), errc::inval);
            return errc::success;
        }
        std::uint64_t target = timeout;
        if ((flags & subscription_clock_abstime) == 0) {
            // From now on, whatever becomes of the clock meanwhile: the real time may be set.
            if (clock == static_cast<std::uint32_t>(clock_id::realtime)) {
                clock = static_cast<std::uint32_t>(clock_id::monotonic);
            }
            std::uint64_t now = 0;
            if (const errc failure = read_clock(*clock_, clock, now); failure != errc::success) {
                happen(latest(), failure);
                return errc::success;
            }
            target = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
        }
        return timers_.append({events_.size() - 1, clock, target});
    }

    [[nodiscard]] errc add_descriptor(std::uint32_t number) {
        event& made = latest();
        const bool reads = made.type == event_type::fd_read;
        auto* const self = who_.find<context>(); // anew: the clock may have replaced it
        descriptor* const file = self != nullptr ? self->descriptors().find(number) : nullptr;
        if (file == nullptr) {
            happen(made, errc::badf);
            return errc::success;
        }
        const bool is_listener = file->kind == descriptor_kind::listener;
        const std::uint64_t mode = reads ? (is_listener ? rights::sock_accept : rights::fd_read) : rights::fd_write;
        if (const errc failure = check_right(*file, rights::poll_fd_readwrite | mode); failure != errc::success) {
            happen(made, failure);
        } else if (file->is_callback()) {
            happen(made, errc::success, 1);
        } else {
            const errc noted = polled_events_.append(events_.size() - 1);
            return noted == errc::success
                       ? polled_.append({file->host, static_cast<short>(reads ? POLLIN : POLLOUT), 0})
                       : noted;
        }
        return errc::success;
    }

    /// Nanoseconds until the next timer ends; 0 where something has happened already.
    [[nodiscard]] std::uint64_t time_left() const {
        std::uint64_t nearest = has_happened_ ? 0 : UINT64_MAX;
        for (std::size_t i = 0; i < timers_.size() && !ends_scan(i); ++i) {
            const timer& each = timers_[i];
            std::uint64_t now = 0;
            static_cast<void>(read_clock(*clock_, each.clock, now)); // worked before
            nearest = std::min(nearest, each.target > now ? each.target - now : 0);
        }
        return nearest;
    }

    void note_descriptors() noexcept {
        for (std::size_t i = 0; i < polled_events_.size() && !ends_scan(i); ++i) {
            const short reported = polled_[i].revents;
            if (reported == 0) {
                continue;
            }
            event& what = events_[polled_events_[i]];
            // At least one byte can be written; for reading the system knows, except of listeners and the like.
            int bytes = 1;
            if (what.type == event_type::fd_read && ::ioctl(polled_[i].fd, FIONREAD, &bytes) != 0) {
                bytes = 1;
            }
            happen(what, (reported & POLLNVAL) != 0 ? errc::badf : errc::success,
                   static_cast<std::uint64_t>(std::max(bytes, 0)));
            what.flags = (reported & (POLLHUP | POLLERR)) != 0 ? event_readwrite_hangup : std::uint16_t{0};
        }
    }

    void note_timers() {
        for (std::size_t i = 0; i < timers_.size() && !ends_scan(i); ++i) {
            const timer& each = timers_[i];
            std::uint64_t now = 0;
            const errc failure = read_clock(*clock_, each.clock, now);
            if (failure != errc::success || now >= each.target) {
                happen(events_[each.event], failure);
            }
        }
    }

    snapshot version_;
    std::shared_ptr<const clock_source> clock_;
    const caller& who_;
    growing_array<event> events_; ///< of all subscriptions
    growing_array<timer> timers_;
    growing_array<pollfd> polled_;
    growing_array<std::size_t> polled_events_;
    bool has_happened_ = false;
};

template <snapshot Version>
errc poll_oneoff(context& self, const caller& who, const guest_memory& memory, std::uint32_t subscriptions_at,
                 std::uint32_t events_at, std::uint32_t count, std::uint32_t count_at) {
    constexpr std::uint32_t most = 65536;
    constexpr std::uint32_t size = subscription_size(Version);
    guest_record subscriptions;
    guest_record events;
    guest_record used;
    if (count == 0 || count > most) {
        return errc::inval;
    }
    if (!memory.find(subscriptions_at, std::uint64_t{size} * count, subscriptions) ||
        !memory.find(events_at, std::uint64_t{event_size} * count, events) || !memory.find(count_at, 4, used)) {
        return errc::fault;
    }
    if (const errc failure = memory.charge(std::uint64_t{size} * count); failure != errc::success) {
        return failure;
    }
    // The embedder's clock may use the store, which moves the guest's memory: what is in there is found anew behind it.
    poll_set set(Version, self, who);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (!memory.find(subscriptions_at, std::uint64_t{size} * count, subscriptions)) {
            return errc::fault;
        }
        const guest_record each(subscriptions.bytes().subspan(std::size_t{size} * i, size));
        if (const errc failure = set.add(each); failure != errc::success) {
            return failure;
        }
    }
    if (const errc failure = set.wait(); failure != errc::success) {
        return failure;
    }
    if (!memory.find(events_at, std::uint64_t{event_size} * count, events) || !memory.find(count_at, 4, used)) {
        return errc::fault;
    }
    used.set(0, set.put(events));
    return errc::success;
}

} // namespace riser::inline v0_1::wasi::detail
