#include "wasi/guest.hpp"

#include "engines/engines.hpp"
#include "riser/caller.hpp"
#include "riser/error.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/wasi/wasi.hpp"
#include "support/wat.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <system_error>

#include <sys/socket.h>
#include <sys/un.h>

namespace {

struct signature {
    std::string_view name;
    std::string_view parameters; ///< types with a space between
    bool has_result = true;
};

// As the interface's description says, whatever the library believes.
constexpr signature signatures[] = {
    {"args_get", "i32 i32"},
    {"args_sizes_get", "i32 i32"},
    {"environ_get", "i32 i32"},
    {"environ_sizes_get", "i32 i32"},
    {"clock_res_get", "i32 i32"},
    {"clock_time_get", "i32 i64 i32"},
    {"fd_advise", "i32 i64 i64 i32"},
    {"fd_allocate", "i32 i64 i64"},
    {"fd_close", "i32"},
    {"fd_datasync", "i32"},
    {"fd_fdstat_get", "i32 i32"},
    {"fd_fdstat_set_flags", "i32 i32"},
    {"fd_fdstat_set_rights", "i32 i64 i64"},
    {"fd_filestat_get", "i32 i32"},
    {"fd_filestat_set_size", "i32 i64"},
    {"fd_filestat_set_times", "i32 i64 i64 i32"},
    {"fd_pread", "i32 i32 i32 i64 i32"},
    {"fd_prestat_get", "i32 i32"},
    {"fd_prestat_dir_name", "i32 i32 i32"},
    {"fd_pwrite", "i32 i32 i32 i64 i32"},
    {"fd_read", "i32 i32 i32 i32"},
    {"fd_readdir", "i32 i32 i32 i64 i32"},
    {"fd_renumber", "i32 i32"},
    {"fd_seek", "i32 i64 i32 i32"},
    {"fd_sync", "i32"},
    {"fd_tell", "i32 i32"},
    {"fd_write", "i32 i32 i32 i32"},
    {"path_create_directory", "i32 i32 i32"},
    {"path_filestat_get", "i32 i32 i32 i32 i32"},
    {"path_filestat_set_times", "i32 i32 i32 i32 i64 i64 i32"},
    {"path_link", "i32 i32 i32 i32 i32 i32 i32"},
    {"path_open", "i32 i32 i32 i32 i32 i64 i64 i32 i32"},
    {"path_readlink", "i32 i32 i32 i32 i32 i32"},
    {"path_remove_directory", "i32 i32 i32"},
    {"path_rename", "i32 i32 i32 i32 i32 i32"},
    {"path_symlink", "i32 i32 i32 i32 i32"},
    {"path_unlink_file", "i32 i32 i32"},
    {"poll_oneoff", "i32 i32 i32 i32"},
    {"proc_exit", "i32", false},
    {"proc_raise", "i32"},
    {"random_get", "i32 i32"},
    {"sched_yield", ""},
    {"sock_accept", "i32 i32 i32"},
    {"sock_recv", "i32 i32 i32 i32 i32 i32"},
    {"sock_send", "i32 i32 i32 i32 i32"},
    {"sock_shutdown", "i32 i32"},
};
static_assert(std::size(signatures) == 46);

/// The text of the module that class guest describes.
std::string module_text(std::string_view version) {
    std::string imports, functions;
    for (const signature& each : signatures) {
        if (version == test::unstable && each.name == "sock_accept") {
            continue;
        }
        const std::string name(each.name);
        const std::string type =
            " (param " + std::string(each.parameters) + ")" + (each.has_result ? " (result i32)" : "");
        std::string arguments;
        for (std::size_t i = 0; i < (each.parameters.size() + 1) / std::size("i32"); ++i) {
            arguments += " (local.get " + std::to_string(i) + ")";
        }
        imports += "(import \"" + std::string(version) + "\" \"" + name + "\" (func $" + name + type + "))\n";
        functions += "(func (export \"" + name + "\")" + type + " (call $before) (call $" + name + arguments + "))\n";
    }
    return R"((import "test" "before" (func $before)))" + imports + functions + R"((memory (export "memory") 4))";
}

const riser::engine_base& engine() {
    static const test::engine_pointer made = test::make_engine("adaptive");
    return *made;
}

/// What the guest does first, in front of a function of WASI: interrupts its store, where there is a handle.
struct first_of_all {
    std::optional<riser::interrupt_handle> interrupt;
};

riser::linked link_module(std::string_view version) {
    riser::linker linker(engine());
    riser::wasi::add_to(linker);
    linker.define("test", "before", [](riser::caller& who) {
        if (const auto& handle = who.get<first_of_all>().interrupt) {
            handle->interrupt();
        }
    });
    return linker.link(riser::module::compile(engine(), test::wat(module_text(version))));
}

const riser::linked& linked_module(std::string_view version) {
    static const riser::linked of_preview1 = link_module(test::preview1);
    static const riser::linked of_unstable = link_module(test::unstable);
    return version == test::preview1 ? of_preview1 : of_unstable;
}

riser::store make_store(const riser::wasi::options& options) {
    riser::store store(engine());
    store.emplace<riser::wasi::context>(options);
    store.emplace<first_of_all>();
    return store;
}

} // namespace

namespace test {

guest::guest(const riser::wasi::options& options, std::string_view version)
    : store_(make_store(options)), instance_(linked_module(version).instantiate(store_)),
      memory_(instance_.memory("memory")) {}

riser::result<std::uint32_t> guest::call_with(std::string_view name, std::initializer_list<std::uint64_t> arguments) {
    const riser::function callee = instance_.function(name);
    const riser::function_type type = callee.type();
    if (arguments.size() != type.params.size()) {
        throw std::logic_error(std::string(name) + ": wrong number of arguments");
    }
    std::vector<riser::value> values;
    for (std::size_t i = 0; i < type.params.size(); ++i) {
        const std::uint64_t argument = arguments.begin()[i];
        values.push_back(type.params[i] == riser::types::i32 ? riser::value(static_cast<std::uint32_t>(argument))
                                                             : riser::value(argument));
    }
    std::vector<riser::value> results(type.results.size());
    if (const riser::result<void> called = callee.try_call(values, results); !called) {
        return called.error();
    }
    return results.empty() ? 0 : static_cast<std::uint32_t>(results[0].i32());
}

riser::trap_kind guest::interrupted_within(std::string_view name, std::initializer_list<std::uint64_t> arguments) {
    auto& interrupt = store_.get<first_of_all>().interrupt;
    interrupt = store_.interrupt_handle();
    const riser::result<std::uint32_t> outcome = call_with(name, arguments);
    interrupt.reset();
    store_.clear_interrupt();
    return outcome ? riser::trap_kind::none : outcome.error().as<riser::trap>().value().kind();
}

std::uint32_t guest::allocate(std::uint32_t size) {
    const std::uint32_t at = next_;
    next_ = (next_ + size + 15U) & ~15U;
    if (next_ > memory_size()) {
        throw std::logic_error("the guest's memory is too small for this test");
    }
    return at;
}

guest_text guest::put(std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    const std::uint32_t at = allocate(size);
    const auto range = memory_.range(at, size);
    for (std::size_t i = 0; i < text.size(); ++i) {
        range[i] = static_cast<std::byte>(text[i]);
    }
    return {at, size};
}

std::string guest::text(std::uint32_t at, std::uint32_t size) const {
    const auto range = memory_.range(at, size);
    return {reinterpret_cast<const char*>(range.data()), range.size()};
}

std::uint32_t guest::make_iovec(std::uint32_t at, std::uint32_t size) {
    const std::uint32_t iovec = allocate(8);
    store(iovec, at);
    store(iovec + 4, size);
    return iovec;
}

errc guest::open(std::uint32_t directory, std::string_view path, std::uint32_t& fd, std::uint32_t oflags,
                 std::uint64_t rights, std::uint32_t lookup, std::uint32_t fdflags) {
    const guest_text name = put(path);
    const std::uint32_t result = allocate(4);
    const errc code = call("path_open", directory, lookup, name.at, name.size, oflags, rights, rights, fdflags, result);
    fd = load<std::uint32_t>(result);
    return code;
}

errc guest::try_open(std::string_view path, std::uint32_t oflags, std::uint64_t rights, std::uint32_t lookup) {
    std::uint32_t fd = 0;
    const errc code = open(3, path, fd, oflags, rights, lookup);
    return code == errc::success ? call("fd_close", fd) : code;
}

errc guest::read(std::uint32_t fd, std::uint32_t size, std::string& read) {
    const std::uint32_t buffer = allocate(size);
    const std::uint32_t result = allocate(4);
    const errc code = call("fd_read", fd, make_iovec(buffer, size), 1, result);
    read = text(buffer, load<std::uint32_t>(result));
    return code;
}

errc guest::write(std::uint32_t fd, std::string_view written, std::uint32_t* size) {
    const guest_text buffer = put(written);
    const std::uint32_t result = allocate(4);
    const errc code = call("fd_write", fd, make_iovec(buffer.at, buffer.size), 1, result);
    if (size != nullptr) {
        *size = load<std::uint32_t>(result);
    }
    return code;
}

errc guest::pread(std::uint32_t fd, std::uint32_t size, std::uint64_t offset, std::string& read) {
    const std::uint32_t buffer = allocate(size);
    const std::uint32_t result = allocate(4);
    const errc code = call("fd_pread", fd, make_iovec(buffer, size), 1, offset, result);
    read = text(buffer, load<std::uint32_t>(result));
    return code;
}

errc guest::pwrite(std::uint32_t fd, std::string_view written, std::uint64_t offset) {
    const guest_text buffer = put(written);
    return call("fd_pwrite", fd, make_iovec(buffer.at, buffer.size), 1, offset, allocate(4));
}

errc guest::seek(std::uint32_t fd, std::int64_t offset, std::uint32_t whence, std::uint64_t& position) {
    const std::uint32_t result = allocate(8);
    const errc code = call("fd_seek", fd, offset, whence, result);
    position = load<std::uint64_t>(result);
    return code;
}

errc guest::fdstat(std::uint32_t fd, guest_fdstat& status) {
    const std::uint32_t at = allocate(24);
    const errc code = call("fd_fdstat_get", fd, at);
    status = {load<std::uint8_t>(at), load<std::uint16_t>(at + 2), load<std::uint64_t>(at + 8),
              load<std::uint64_t>(at + 16)};
    return code;
}

guest_filestat guest::load_filestat(std::uint32_t at) const {
    return {load<std::uint64_t>(at),      load<std::uint64_t>(at + 8),  load<std::uint8_t>(at + 16),
            load<std::uint64_t>(at + 24), load<std::uint64_t>(at + 32), load<std::uint64_t>(at + 40),
            load<std::uint64_t>(at + 48), load<std::uint64_t>(at + 56)};
}

errc guest::filestat(std::uint32_t fd, guest_filestat& status) {
    const std::uint32_t at = allocate(64);
    const errc code = call("fd_filestat_get", fd, at);
    status = load_filestat(at);
    return code;
}

errc guest::path_filestat(std::string_view path, guest_filestat& status, std::uint32_t lookup) {
    const guest_text name = put(path);
    const std::uint32_t at = allocate(64);
    const errc code = call("path_filestat_get", 3, lookup, name.at, name.size, at);
    status = load_filestat(at);
    return code;
}

errc guest::at_path(std::string_view name, std::string_view path, std::uint32_t directory) {
    const guest_text placed = put(path);
    return call(name, directory, placed.at, placed.size);
}

errc guest::rename(std::string_view from, std::string_view to, std::uint32_t from_fd, std::uint32_t to_fd) {
    const guest_text old_path = put(from);
    const guest_text new_path = put(to);
    return call("path_rename", from_fd, old_path.at, old_path.size, to_fd, new_path.at, new_path.size);
}

errc guest::symlink(std::string_view target, std::string_view path) {
    const guest_text content = put(target);
    const guest_text name = put(path);
    return call("path_symlink", content.at, content.size, 3, name.at, name.size);
}

errc guest::link(std::string_view from, std::string_view to, std::uint32_t lookup) {
    const guest_text old_path = put(from);
    const guest_text new_path = put(to);
    return call("path_link", 3, lookup, old_path.at, old_path.size, 3, new_path.at, new_path.size);
}

errc guest::readlink(std::string_view path, std::string& target, std::uint32_t size) {
    const guest_text name = put(path);
    const std::uint32_t buffer = allocate(size);
    const std::uint32_t used = allocate(4);
    const errc code = call("path_readlink", 3, name.at, name.size, buffer, size, used);
    target = text(buffer, load<std::uint32_t>(used));
    return code;
}

errc guest::readdir(std::uint32_t fd, std::uint64_t cookie, std::uint32_t size, std::vector<guest_entry>& entries,
                    std::uint32_t* used_size) {
    constexpr std::uint32_t header = 24;
    const std::uint32_t buffer = allocate(size);
    const std::uint32_t result = allocate(4);
    const errc code = call("fd_readdir", fd, buffer, size, cookie, result);
    const auto used = load<std::uint32_t>(result);
    if (used_size != nullptr) {
        *used_size = used;
    }
    entries.clear();
    for (std::uint32_t at = 0; at + header <= used;) {
        const auto name_size = load<std::uint32_t>(buffer + at + 16);
        if (at + header + name_size > used) {
            break;
        }
        entries.push_back({load<std::uint64_t>(buffer + at), load<std::uint64_t>(buffer + at + 8),
                           text(buffer + at + header, name_size), load<std::uint8_t>(buffer + at + 20)});
        at += header + name_size;
    }
    return code;
}

namespace {

/// A new socket and its address, for `act`.
template <class Act>
int make_socket(const std::string& path, Act act) {
    sockaddr_un where{};
    where.sun_family = AF_UNIX;
    std::strncpy(where.sun_path, path.c_str(), sizeof where.sun_path - 1);
    const int made = ::socket(AF_UNIX, SOCK_STREAM, 0);
    if (made < 0 || !act(made, reinterpret_cast<const sockaddr*>(&where), static_cast<socklen_t>(sizeof where))) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return made;
}

} // namespace

int listen_at(const std::string& path) {
    return make_socket(path, [](int made, const sockaddr* where, socklen_t size) {
        return ::bind(made, where, size) == 0 && ::listen(made, 4) == 0;
    });
}

int connect_to(const std::string& path) {
    return make_socket(
        path, [](int made, const sockaddr* where, socklen_t size) { return ::connect(made, where, size) == 0; });
}

temporary_directory::temporary_directory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "riser-wasi-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), pattern);
    }
    path_ = pattern;
}

temporary_directory::~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void temporary_directory::write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
}

std::string temporary_directory::read(std::string_view name) const {
    std::ifstream file(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void temporary_directory::make_directory(std::string_view name) const { std::filesystem::create_directory(path(name)); }

void temporary_directory::make_link(std::string_view target, std::string_view name) const {
    std::filesystem::create_symlink(std::string(target), path(name));
}

bool temporary_directory::exists(std::string_view name) const {
    return std::filesystem::symlink_status(path(name)).type() != std::filesystem::file_type::not_found;
}

} // namespace test
