#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace riser::inline v0_1::wasi {

/// Where a guest's standard input comes from.
class input {
public:
    /// Stores what there is, at most as much as fits, and returns its size; 0 is the end. May block.
    using source = std::function<std::size_t(std::span<std::byte>)>;

    [[nodiscard]] static input nothing() { return input(false, nullptr); } ///< the end of the file, at once
    [[nodiscard]] static input inherit() { return input(true, nullptr); }  ///< this process's standard input
    [[nodiscard]] static input callback(source from) { return input(false, std::move(from)); }
    [[nodiscard]] static input text(std::string content) {
        return callback([content = std::move(content), at = std::size_t{0}](std::span<std::byte> buffer) mutable {
            const std::size_t size = std::min(buffer.size(), content.size() - at);
            std::memcpy(buffer.data(), content.data() + at, size);
            at += size;
            return size;
        });
    }

    [[nodiscard]] bool is_inherited() const noexcept { return is_inherited_; }
    [[nodiscard]] const source& reader() const noexcept { return reader_; } ///< empty: nothing

private:
    input(bool is_inherited, source reader) : is_inherited_(is_inherited), reader_(std::move(reader)) {}
    bool is_inherited_;
    source reader_;
};

/// Where a guest's standard output or error goes.
class output {
public:
    /// Takes all of what it is given; the view is valid during the call.
    using sink = std::function<void(std::string_view)>;

    [[nodiscard]] static output discard() { return output(false, nullptr); }
    /// This process's. Where that is a pipe that nobody reads any more, a write raises SIGPIPE in this process, unless that
    /// is ignored, as it had better be.
    [[nodiscard]] static output inherit() { return output(true, nullptr); }
    [[nodiscard]] static output callback(sink to) { return output(false, std::move(to)); }
    /// Appends to `text`, which must outlive the context, until that has `limit` bytes, as a file does on a disk that is full: the write
    /// that reaches the limit is short, later ones fail with ENOSPC (`errc::nospc`). Outputs may share a text.
    [[nodiscard]] static output capture(std::string& text, std::size_t limit = default_capture_limit) {
        output made = callback([&text](std::string_view written) { text.append(written); });
        made.captured_ = &text;
        made.limit_ = limit;
        return made;
    }
    static constexpr std::size_t default_capture_limit = std::size_t{16} << 20U;

    [[nodiscard]] bool is_inherited() const noexcept { return is_inherited_; }
    [[nodiscard]] const sink& writer() const noexcept { return writer_; } ///< empty: discard
    /// Bytes that it takes before it is full.
    [[nodiscard]] std::size_t room() const noexcept {
        return captured_ == nullptr ? SIZE_MAX : limit_ - std::min(limit_, captured_->size());
    }

private:
    output(bool is_inherited, sink writer) : is_inherited_(is_inherited), writer_(std::move(writer)) {}
    bool is_inherited_;
    sink writer_;
    const std::string* captured_ = nullptr;
    std::size_t limit_ = SIZE_MAX;
};

enum class clock_id : std::uint32_t { realtime, monotonic, process_cputime, thread_cputime };

/// Fills all of what it is given with random bytes.
using random_source = std::function<void(std::span<std::byte>)>;

/// The time as a guest sees it, where that is not the host's: for runs that can be repeated, or in which time is the
/// embedder's to make pass. Files are stamped by the host all the same. Both functions must be there; they may use the
/// store, run other guests in it and replace its context.
struct clock_source {
    /// Nanoseconds since 1970 (realtime), or since whenever; only the real time may go back.
    std::function<std::uint64_t(clock_id)> now;
    /// Lets time pass while the guest waits in poll_oneoff, at most so much of the clock that ends first; is called again while
    /// that was too little.
    std::function<void(std::uint64_t nanoseconds)> wait;
    std::uint64_t resolution = 1; ///< of all clocks, in nanoseconds
};

enum class access : std::uint8_t { read_write, read_only };

/// A directory of the host that the guest may use, with everything below it and nothing else.
struct preopen {
    std::string host;  ///< path on the host
    std::string guest; ///< the name under which the guest knows it
    wasi::access access = wasi::access::read_write;
};

/// What a guest gets to see of the world: nothing, unless stated here. A description that may be used for many contexts.
///
///     riser::wasi::options().arguments({"app", "-v"}).inherit_stdio().preopen("/srv/data", "/data")
class options {
public:
    /// The first is by custom the program's name.
    options& argument(std::string text) {
        arguments_.push_back(std::move(text));
        return *this;
    }
    options& arguments(const std::vector<std::string>& texts) {
        arguments_.insert(arguments_.end(), texts.begin(), texts.end());
        return *this;
    }
    /// Replaces an older variable of that name.
    options& environment(std::string_view name, std::string_view value) {
        std::string entry = std::string(name) + '=';
        std::erase_if(environment_, [&entry](const std::string& other) { return other.starts_with(entry); });
        environment_.push_back(entry.append(value));
        return *this;
    }
    /// All variables of this process.
    options& inherit_environment() {
        for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
            const std::string_view text = *entry;
            if (const std::size_t equals = text.find('='); equals != std::string_view::npos) {
                environment(text.substr(0, equals), text.substr(equals + 1));
            }
        }
        return *this;
    }

    options& standard_input(input from) {
        input_ = std::move(from);
        return *this;
    }
    options& standard_output(output to) {
        output_ = std::move(to);
        return *this;
    }
    options& standard_error(output to) {
        error_ = std::move(to);
        return *this;
    }
    options& inherit_stdio() {
        return standard_input(input::inherit()).standard_output(output::inherit()).standard_error(output::inherit());
    }

    options& preopen(std::string host, std::string guest, access rights = access::read_write) {
        preopens_.push_back({std::move(host), std::move(guest), rights});
        return *this;
    }
    /// A listening socket from which the guest may accept connections, as descriptor 3 onwards, before the directories.
    /// It stays the caller's, and must outlive the context. Had better be non-blocking: a connection that is gone when the
    /// guest accepts it would hold up the thread otherwise.
    options& listener(int socket) {
        listeners_.push_back(socket);
        return *this;
    }
    /// Instead of the system's random numbers. Contexts made of these options share what it refers to.
    options& random(random_source from) {
        random_ = std::move(from);
        return *this;
    }
    /// Instead of the host's clocks.
    options& clock(clock_source from) {
        clock_ = std::move(from);
        return *this;
    }
    /// Most descriptors the guest may have open at a time (default: 1024), as far as the host lets the process.
    options& descriptor_limit(std::uint32_t limit) {
        descriptor_limit_ = limit;
        return *this;
    }

    /// Most bytes that the guest's listings of directories may take together (default: 256 MiB, some millions of names). A
    /// directory is listed from when the guest begins to read it until it is closed; fd_readdir fails with ENOMEM beyond.
    options& listing_limit(std::uint64_t bytes) {
        listing_limit_ = bytes;
        return *this;
    }

    [[nodiscard]] const std::vector<std::string>& arguments() const noexcept { return arguments_; }
    [[nodiscard]] const std::vector<std::string>& environment() const noexcept { return environment_; } ///< NAME=value
    [[nodiscard]] const input& standard_input() const noexcept { return input_; }
    [[nodiscard]] const output& standard_output() const noexcept { return output_; }
    [[nodiscard]] const output& standard_error() const noexcept { return error_; }
    [[nodiscard]] const std::vector<wasi::preopen>& preopens() const noexcept { return preopens_; }
    [[nodiscard]] const std::vector<int>& listeners() const noexcept { return listeners_; }
    [[nodiscard]] std::uint32_t descriptor_limit() const noexcept { return descriptor_limit_; }
    [[nodiscard]] std::uint64_t listing_limit() const noexcept { return listing_limit_; }
    [[nodiscard]] const random_source& random() const noexcept { return random_; } ///< empty: the system's
    [[nodiscard]] const clock_source& clock() const noexcept { return clock_; }    ///< now is empty: the host's

private:
    std::vector<std::string> arguments_;
    std::vector<std::string> environment_;
    input input_ = input::nothing();
    output output_ = output::discard();
    output error_ = output::discard();
    std::vector<wasi::preopen> preopens_;
    std::vector<int> listeners_;
    std::uint32_t descriptor_limit_ = 1024;
    std::uint64_t listing_limit_ = std::uint64_t{256} << 20U;
    random_source random_;
    clock_source clock_;
};

} // namespace riser::inline v0_1::wasi
