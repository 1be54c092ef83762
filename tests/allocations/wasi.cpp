// Functions of WASI: where there is no memory for what a guest asks for, the guest is told ENOMEM, nothing has happened, and the
// same call then works.

#include "riser/wasi/wasi.hpp"
#include "check.hpp"
#include "riser/riser.hpp"
#include "support/failing_allocator.hpp"
#include "support/wat.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using riser::wasi::errc;
using test::attempt_result;

/// Imports functions of WASI and exports each under its name, wrapped.
[[nodiscard]] std::vector<std::byte> make_program() {
    struct signature {
        std::string_view name;
        std::string_view parameters;
        std::string_view arguments;
    };
    constexpr signature signatures[] = {
        {"fd_close", "i32", "0"},
        {"fd_fdstat_set_flags", "i32 i32", "0 1"},
        {"fd_pread", "i32 i32 i32 i64 i32", "0 1 2 3 4"},
        {"fd_read", "i32 i32 i32 i32", "0 1 2 3"},
        {"fd_readdir", "i32 i32 i32 i64 i32", "0 1 2 3 4"},
        {"fd_write", "i32 i32 i32 i32", "0 1 2 3"},
        {"path_filestat_get", "i32 i32 i32 i32 i32", "0 1 2 3 4"},
        {"path_link", "i32 i32 i32 i32 i32 i32 i32", "0 1 2 3 4 5 6"},
        {"path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32", "0 1 2 3 4 5 6 7 8"},
        {"path_readlink", "i32 i32 i32 i32 i32 i32", "0 1 2 3 4 5"},
        {"path_rename", "i32 i32 i32 i32 i32 i32", "0 1 2 3 4 5"},
        {"path_symlink", "i32 i32 i32 i32 i32", "0 1 2 3 4"},
        {"path_unlink_file", "i32 i32 i32", "0 1 2"},
        {"poll_oneoff", "i32 i32 i32 i32", "0 1 2 3"},
        {"random_get", "i32 i32", "0 1"},
        {"sock_accept", "i32 i32 i32", "0 1 2"},
    };
    std::string imports;
    std::string functions;
    for (const signature& each : signatures) {
        const std::string name(each.name);
        const std::string type = " (param " + std::string(each.parameters) + ") (result i32)";
        imports.append("(import \"wasi_snapshot_preview1\" \"").append(name).append("\" (func $").append(name);
        imports.append(type).append("))\n");
        functions.append("(func (export \"").append(name).append("\")").append(type);
        for (const char argument : each.arguments) {
            if (argument != ' ') {
                functions.append("(local.get ").append(1, argument).append(")");
            }
        }
        functions.append("(call $").append(name).append("))\n");
    }
    return test::wat(imports + functions + R"((memory (export "memory") 8)
        (func (export "_start") (result i32 i64) (i32.const 1) (i64.const 2)))");
}

/// A directory of the host, removed with everything in it.
class directory {
public:
    directory() {
        const bool is_made = ::mkdtemp(path_.data()) != nullptr;
        test::passed += is_made ? 1 : 0;
        test::failed += is_made ? 0 : 1;
    }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "riser-allocations-XXXXXX").string();
};

/// A program that an attempt makes calls of.
class guest {
public:
    guest(test::failing_allocator& source, std::span<const std::byte> program, const riser::wasi::options& options)
        : engine_(test::with(source)) {
        riser::linker linker(engine_);
        riser::wasi::add_to(linker);
        auto context = riser::wasi::context::try_create(options);
        auto store = riser::store::try_create(engine_);
        auto module = riser::module::try_compile(engine_, program);
        if (context && store && module) {
            store_.emplace(std::move(*store));
            store_->emplace<riser::wasi::context>(std::move(*context));
            if (auto made = linker.try_instantiate(*store_, *module)) {
                instance_.emplace(*made);
            }
        }
        if (auto memory = instance_ ? instance_->try_memory("memory") : riser::result<riser::memory>(riser::error())) {
            memory_.emplace(*memory);
        }
        result_ = memory_ ? attempt_result::as_usual : attempt_result::wrong;
    }

    /// Calls a function of WASI, again where the guest was told that there is no memory. \returns false where it does not
    /// succeed.
    bool call(std::string_view name, std::initializer_list<std::uint64_t> arguments) {
        if (result_ == attempt_result::wrong) {
            return false;
        }
        errc outcome = call_once(name, arguments);
        if (outcome == errc::nomem) {
            result_ = attempt_result::refused;
            outcome = call_once(name, arguments);
        }
        check(outcome == errc::success);
        if (outcome != errc::success) {
            std::printf("%.*s: %u\n", static_cast<int>(name.size()), name.data(), static_cast<unsigned>(outcome));
        }
        return outcome == errc::success;
    }
    void check(bool is_right) { result_ = is_right ? result_ : attempt_result::wrong; }

    std::uint32_t allocate(std::size_t size) {
        const std::uint32_t at = next_;
        next_ += (static_cast<std::uint32_t>(size) + 15U) & ~15U;
        return at;
    }
    std::uint32_t put(std::string_view text) {
        const std::uint32_t at = allocate(text.size());
        std::memcpy(bytes().data() + at, text.data(), text.size());
        return at;
    }
    template <class T>
    void set(std::uint32_t at, T value) {
        std::memcpy(bytes().data() + at, &value, sizeof value);
    }
    [[nodiscard]] std::uint32_t load(std::uint32_t at) const {
        std::uint32_t value = 0;
        std::memcpy(&value, bytes().data() + at, sizeof value);
        return value;
    }

    [[nodiscard]] const std::optional<riser::instance>& instance() const { return instance_; }
    [[nodiscard]] attempt_result result() const { return result_; }
    void set_refused() { result_ = attempt_result::refused; }

private:
    [[nodiscard]] std::span<std::byte> bytes() const { return memory_->data(); }

    /// \returns canceled where the call ends otherwise.
    [[nodiscard]] errc call_once(std::string_view name, std::initializer_list<std::uint64_t> arguments) {
        const auto callee = instance_->try_function(name);
        if (!callee) {
            return errc::canceled;
        }
        std::array<riser::value, 9> values;
        for (std::size_t i = 0; i < arguments.size(); ++i) {
            const std::uint64_t argument = arguments.begin()[i];
            values[i] = callee->type().params[i] == riser::types::i32
                            ? riser::value(static_cast<std::uint32_t>(argument))
                            : riser::value(argument);
        }
        riser::value outcome;
        const test::watch watched;
        const riser::result<void> called =
            callee->try_call(std::span(values).first(arguments.size()), std::span(&outcome, 1));
        return called ? static_cast<errc>(outcome.i32()) : errc::canceled;
    }

    riser::engine engine_;
    std::optional<riser::store> store_;
    std::optional<riser::instance> instance_;
    std::optional<riser::memory> memory_;
    attempt_result result_ = attempt_result::as_usual;
    std::uint32_t next_ = 16;
};

constexpr std::uint64_t read_and_write = 1U << 1U | 1U << 6U;
constexpr std::uint64_t only_read = 1U << 1U;
constexpr std::uint32_t create_new = 1 | 4; // creat, excl

/// \returns the descriptor.
std::uint32_t open_file(guest& of, std::string_view path, std::uint32_t oflags, std::uint64_t rights) {
    const std::uint32_t result = of.allocate(4);
    of.call("path_open", {3, 1, of.put(path), path.size(), oflags, rights, rights, 0, result});
    return of.load(result);
}

void remove_file(guest& of, std::string_view path) { of.call("path_unlink_file", {3, of.put(path), path.size()}); }

/// Many buffers of two bytes each.
struct buffer_list {
    static constexpr std::uint32_t count = 3000;
    static constexpr std::uint32_t most_bytes = 2 * 1024; ///< a system call takes so many

    explicit buffer_list(guest& of) : at(of.allocate(8 * count)), bytes(of.allocate(2 * count)) {
        for (std::uint32_t i = 0; i < count; ++i) {
            of.set(at + 8 * i, bytes + 2 * i);
            of.set(at + 8 * i + 4, std::uint32_t{2});
        }
    }
    std::uint32_t at;
    std::uint32_t bytes;
};

[[nodiscard]] attempt_result transfer(guest& of, const std::size_t& printed) {
    const buffer_list list(of);
    const std::uint32_t file = open_file(of, "new", create_new, read_and_write);
    const std::uint32_t size = of.allocate(4);
    of.call("fd_write", {file, list.at, list.count, size});
    of.check(of.load(size) == list.most_bytes);
    of.call("fd_pread", {file, list.at, list.count, 0, size});
    of.check(of.load(size) == list.most_bytes);
    of.call("fd_write", {1, list.at, list.count, size});
    of.check(of.load(size) == list.most_bytes && printed == list.most_bytes);
    of.call("fd_read", {0, list.at, list.count, size});
    of.check(of.load(size) == list.most_bytes && of.load(list.bytes) == 0x07070707);
    of.call("random_get", {list.bytes, 5000});
    of.check(of.load(list.bytes + 4996) == 0x09090909);
    remove_file(of, "new");
    return of.result();
}

constexpr std::size_t depth = 100; ///< more than a walk keeps open

/// There and back: `depth` directories down, so many up again.
[[nodiscard]] std::string winding_path(std::string_view last) {
    std::string path;
    for (const std::string_view step : {"d/", "../"}) {
        for (std::size_t i = 0; i < depth; ++i) {
            path.append(step);
        }
    }
    return path.append(last);
}

[[nodiscard]] attempt_result go_by_paths(guest& of) {
    const std::string winding = winding_path("file");
    std::string dots;
    for (std::size_t i = 0; i < 2000; ++i) {
        dots.append("./");
    }
    const std::string target = dots + "link-target";
    const std::uint32_t place = of.allocate(64);
    const std::uint32_t buffer = of.allocate(4096);
    const std::uint32_t winding_at = of.put(winding);
    const std::uint32_t target_at = of.put(target);
    const std::uint32_t new_at = of.put("new");
    const std::uint32_t newer_at = of.put("newer");
    of.call("path_filestat_get", {3, 0, winding_at, winding.size(), place});
    of.call("path_symlink", {target_at, target.size(), 3, new_at, 3});
    of.call("path_readlink", {3, new_at, 3, buffer, 4096, place});
    of.check(of.load(place) == target.size());
    of.call("path_link", {3, 0, winding_at, winding.size(), 3, newer_at, 5});
    of.call("path_filestat_get", {3, 1, newer_at, 5, place});
    of.call("path_rename", {3, newer_at, 5, 3, target_at, target.size()});
    of.call("path_filestat_get", {3, 1, new_at, 3, place}); // through the link
    remove_file(of, target);
    remove_file(of, "new");
    return of.result();
}

[[nodiscard]] attempt_result open_many(guest& of) {
    for (std::uint32_t i = 0; i < 40; ++i) {
        open_file(of, "file", 0, only_read);
    }
    return of.result();
}

constexpr std::uint32_t names = 300;
constexpr std::size_t name_size = 100;

[[nodiscard]] attempt_result list(guest& of) {
    constexpr std::uint32_t expected = names * (24 + name_size) + 2 * 24 + 3; // and . and ..
    const std::uint32_t names_directory = open_file(of, "names", 0, 1U << 14U);
    const std::uint32_t buffer = of.allocate(65536);
    const std::uint32_t used = of.allocate(4);
    of.call("fd_readdir", {names_directory, buffer, 65536, 0, used});
    of.check(of.load(used) == expected);
    return of.result();
}

/// Waits for times that are over, and for a file.
[[nodiscard]] attempt_result wait_for_events(guest& of) {
    constexpr std::uint32_t count = 400;
    const std::uint32_t file = open_file(of, "file", 0, only_read);
    const std::uint32_t subscriptions = of.allocate(std::size_t{48} * count);
    const std::uint32_t events = of.allocate(std::size_t{32} * count);
    const std::uint32_t happened = of.allocate(4);
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint32_t at = subscriptions + 48 * i;
        if (i % 2 == 0) {
            of.set(at + 8, std::uint8_t{0});
            of.set(at + 40, std::uint16_t{1}); // absolute
        } else {
            of.set(at + 8, std::uint8_t{1});
            of.set(at + 16, file);
        }
    }
    of.call("poll_oneoff", {subscriptions, events, count, happened});
    of.check(of.load(happened) == count);
    return of.result();
}

/// A connection is still there where there was no memory to accept it.
[[nodiscard]] attempt_result accept_connection(guest& of, const sockaddr_un& address) {
    const int client = ::socket(AF_UNIX, SOCK_STREAM, 0);
    of.check(::connect(client, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    of.call("fd_fdstat_set_flags", {3, 4}); // nonblock: a connection that is lost is an error, too
    of.call("sock_accept", {3, 0, of.allocate(4)});
    ::close(client);
    return of.result();
}

/// Results of `_start` are dropped.
[[nodiscard]] attempt_result start(guest& of) {
    const auto run = [&] {
        const test::watch watched;
        return riser::wasi::try_run(*of.instance());
    };
    riser::result<std::uint32_t> code = run();
    if (!code && code.error().is<riser::resource_error>()) {
        of.set_refused();
        code = run();
    }
    of.check(code && *code == 0);
    return of.result();
}

void fill(const directory& files) {
    const auto make_file = [](const std::string& path) { ::close(::open(path.c_str(), O_CREAT | O_WRONLY, 0666)); };
    make_file(files.path() + "/file");
    std::string path = files.path();
    for (std::size_t i = 0; i < depth; ++i) {
        path += "/d";
        ::mkdir(path.c_str(), 0777);
    }
    path = files.path() + "/names";
    ::mkdir(path.c_str(), 0777);
    for (std::uint32_t i = 0; i < names; ++i) {
        const std::string number = std::to_string(i);
        make_file(path + '/' + number + std::string(name_size - number.size(), 'n'));
    }
}

} // namespace

void test::check_wasi() {
    const directory files;
    fill(files);
    const std::vector<std::byte> program = make_program();
    std::size_t printed = 0;
    // More than std::function keeps in itself.
    const std::array<std::byte, 64> numbers = [] {
        std::array<std::byte, 64> made{};
        made.fill(std::byte{9});
        return made;
    }();
    riser::wasi::options options;
    options.preopen(files.path(), ".");
    options.standard_output(
        riser::wasi::output::callback([&printed](std::string_view written) { printed += written.size(); }));
    options.standard_input(riser::wasi::input::callback([](std::span<std::byte> buffer) {
        std::memset(buffer.data(), 7, buffer.size());
        return buffer.size();
    }));
    options.random([numbers](std::span<std::byte> buffer) {
        std::memset(buffer.data(), std::to_integer<int>(numbers[0]), buffer.size());
    });
    const auto check_calls = [&](const char* what, const auto& calls) {
        const failure_report report = fail_each_host_allocation([&](failing_allocator& source) {
            printed = 0;
            guest of(source, program, options);
            return calls(of);
        });
        count(what, report, report.refused != 0);
    };
    check_calls("transfers", [&](guest& of) { return transfer(of, printed); });
    check_calls("paths", &go_by_paths);
    check_calls("open", &open_many);
    check_calls("list a directory", &list);
    check_calls("poll", &wait_for_events);
    check_calls("_start with results", &start);

    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", files.path().c_str());
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool listens = ::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         ::listen(listener, 4) == 0;
    failed += listens ? 0 : 1;
    options = riser::wasi::options();
    options.listener(listener);
    check_calls("accept", [&](guest& of) { return accept_connection(of, address); });
    ::close(listener);
}
