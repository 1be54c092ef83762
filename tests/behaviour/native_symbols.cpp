#include "riser/native_symbols/gdb_jit.hpp"
#include "riser/native_symbols/jitdump.hpp"
#include "riser/native_symbols/perf_map.hpp"
#include "support/process.hpp"
#include "support/toy_engines.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

// Whoever asks is told of native code, and what profilers read has it.

#if defined(__x86_64__) && defined(__ELF__)

namespace {

namespace toy = test::toy;
namespace native_symbols = riser::native_symbols;
using native_symbols::detail::symbol_name;
using test::toy::one_tier;
using test::toy::tiered;

/// A folder of this test's own.
class folder {
public:
    folder() {
        char made[] = "/tmp/native_symbols_XXXXXX";
        REQUIRE(::mkdtemp(made) != nullptr);
        path = made;
    }
    folder(const folder&) = delete;
    folder& operator=(const folder&) = delete;
    ~folder() { std::filesystem::remove_all(path); }

    std::string path;
};

[[nodiscard]] std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

[[nodiscard]] std::string perf_map_path() { return "/tmp/perf-" + std::to_string(::getpid()) + ".map"; }
[[nodiscard]] std::string dump_in(const folder& in) { return in.path + "/jit-" + std::to_string(::getpid()) + ".dump"; }

/// The process's map, not there before and after.
struct map_file {
    map_file() { std::filesystem::remove(perf_map_path()); }
    map_file(const map_file&) = delete;
    map_file& operator=(const map_file&) = delete;
    ~map_file() { std::filesystem::remove(perf_map_path()); }
};

struct told {
    const std::byte* begin;
    std::vector<std::byte> bytes;
    std::string symbol;
    std::uint32_t function;
    std::string tier;
    std::size_t sites;
};

/// A listener that remembers.
struct memory_of_code {
    [[nodiscard]] riser::code_listener listener() {
        return {[](void* self, const riser::published_code& code) {
                    auto& all = *static_cast<memory_of_code*>(self);
                    const std::lock_guard lock(all.mutex);
                    all.published.push_back({code.bytes.data(),
                                             {code.bytes.begin(), code.bytes.end()},
                                             std::string(symbol_name(code).view()),
                                             code.function,
                                             std::string(code.tier),
                                             code.sites.size()});
                },
                [](void* self, std::span<const std::byte> memory) {
                    auto& all = *static_cast<memory_of_code*>(self);
                    const std::lock_guard lock(all.mutex);
                    all.freed.emplace_back(memory.begin(), memory.end());
                    for (told& each : all.published) {
                        if (memory.data() <= each.begin && each.begin < memory.data() + memory.size()) {
                            all.ended.insert(each.symbol);
                        }
                    }
                },
                this};
    }

    std::mutex mutex;
    std::vector<told> published;
    std::vector<std::vector<std::byte>> freed;
    std::multiset<std::string> ended;
};

[[nodiscard]] riser::engine_options told_to(const riser::code_listener& listener, std::uint64_t tier_up = 0) {
    riser::engine_options options = toy::rising_at(tier_up);
    options.code_listeners[0] = listener;
    return options;
}

[[nodiscard]] std::string name_for(std::string_view module, std::string_view function, std::uint32_t index = 0) {
    return std::string(symbol_name({{}, module, function, index, "toy", {}}).view());
}

template <class T>
[[nodiscard]] T take(std::string_view& from) {
    REQUIRE(from.size() >= sizeof(T));
    T value;
    std::memcpy(&value, from.data(), sizeof value);
    from.remove_prefix(sizeof value);
    return value;
}

struct loaded_code {
    std::uint64_t timestamp;
    std::uint64_t index;
    std::uint64_t address;
    std::string symbol;
    std::string bytes;
};

/// All that a dump says, checked as far as every record must be the same.
struct parsed_dump {
    explicit parsed_dump(std::string_view left) {
        CHECK(take<std::uint32_t>(left) == 0x4A695444);
        CHECK(take<std::uint32_t>(left) == 1);
        CHECK(take<std::uint32_t>(left) == 40);
        CHECK(take<std::uint32_t>(left) == 62);
        CHECK(take<std::uint32_t>(left) == 0);
        CHECK(take<std::uint32_t>(left) == static_cast<std::uint32_t>(::getpid()));
        begun = take<std::uint64_t>(left);
        CHECK(take<std::uint64_t>(left) == 0);
        while (!left.empty()) {
            read_record(left);
        }
    }

    void read_record(std::string_view& left) {
        REQUIRE(!is_closed);
        const std::size_t before = left.size();
        const auto kind = take<std::uint32_t>(left);
        const auto bytes = take<std::uint32_t>(left);
        const auto timestamp = take<std::uint64_t>(left);
        if (kind == 3) {
            is_closed = true;
        } else {
            REQUIRE(kind == 0);
            loaded_code code{.timestamp = timestamp, .index = 0, .address = 0, .symbol = {}, .bytes = {}};
            CHECK(take<std::uint32_t>(left) == static_cast<std::uint32_t>(::getpid()));
            CHECK(take<std::uint32_t>(left) != 0);
            code.address = take<std::uint64_t>(left);
            CHECK(take<std::uint64_t>(left) == code.address);
            const auto size = take<std::uint64_t>(left);
            code.index = take<std::uint64_t>(left);
            code.symbol = left.substr(0, left.find('\0'));
            left.remove_prefix(code.symbol.size() + 1);
            REQUIRE(left.size() >= size);
            code.bytes = left.substr(0, size);
            left.remove_prefix(size);
            loads.push_back(code);
        }
        CHECK(before - left.size() == bytes);
    }

    std::uint64_t begun = 0;
    std::vector<loaded_code> loads;
    bool is_closed = false;
};

} // namespace

TEST_CASE("native symbols: listeners are told of each function before it runs, and when its memory is freed") {
    memory_of_code memory;
    memory_of_code other;
    {
        riser::engine_options options = told_to(memory.listener());
        options.code_listeners[2] = other.listener();
        options.code_listeners[2].freed = nullptr;
        options.code_listeners[3].freed = memory.listener().freed;
        options.code_listeners[3].user = &other;
        tiered<one_tier> in(options);
        CHECK(memory.published.empty());
        CHECK(in.call("calls") == toy::version_of(riser::core::runtime::all_memory_modes) + 1);
        CHECK(in.call("calls") == toy::version_of(riser::core::runtime::all_memory_modes) + 1);
        REQUIRE(memory.published.size() == 2);
        CHECK(memory.published[0].symbol == "module!calls");
        CHECK(memory.published[0].function == 1);
        CHECK(memory.published[0].sites == 1);
        CHECK(memory.published[1].symbol == "module!version");
        CHECK(memory.published[1].sites == 0);
        for (const told& each : memory.published) {
            CHECK(each.tier == "toy");
            // What was told is what runs.
            CHECK(!each.bytes.empty());
            CHECK(std::equal(each.bytes.begin(), each.bytes.end(), each.begin));
        }
        CHECK(other.published.size() == 2);
        CHECK(memory.freed.empty());
    }
    CHECK(memory.ended == std::multiset<std::string>{"module!calls", "module!version"});
    CHECK(other.ended == memory.ended);
}

TEST_CASE("native symbols: nobody is told of functions that stay interpreted") {
    memory_of_code memory;
    {
        tiered<one_tier> in(told_to(memory.listener(), toy::never));
        in.call("version");
    }
    CHECK(memory.published.empty());
    CHECK(memory.freed.empty());
}

TEST_CASE("native symbols: a freed range has the code of its own module only") {
    memory_of_code memory;
    riser::engine_options options = told_to(memory.listener());
    one_tier engine(options);
    riser::store store(engine);
    const riser::module stays = toy::compile(engine);
    const riser::instance of_stays = riser::linker(engine).instantiate(store, stays);
    CHECK(of_stays.function<std::int32_t()>("version")() != 0);
    {
        riser::store brief(engine);
        const riser::module goes = toy::compile(engine);
        CHECK(riser::linker(engine).instantiate(brief, goes).function<std::int32_t()>("version")() != 0);
        CHECK(memory.published.size() == 2);
    }
    CHECK(memory.ended.size() == 1);
    CHECK(of_stays.function<std::int32_t()>("version")() != 0);
}

TEST_CASE("native symbols: code lies in anonymous memory where a listener wants it") {
    const auto way_of = [](bool is_anonymous) {
        riser::engine_options options = toy::rising_at(0);
        options.code_listeners[1].wants_anonymous_memory = is_anonymous;
        tiered<one_tier> in(options);
        in.call("version");
        return std::string(in.engine.native_statistics().way);
    };
    CHECK(way_of(false) == "dual mapping");
    CHECK(way_of(true) == "sealed pages");
    const map_file only;
    native_symbols::perf_map map;
    CHECK(map.listener().wants_anonymous_memory);
    CHECK(native_symbols::gdb_jit().listener().wants_anonymous_memory);
}

TEST_CASE("native symbols: threads that compile tell at the same time") {
    const folder in;
    memory_of_code memory;
    std::vector<std::uint64_t> addresses;
    {
        native_symbols::jitdump dump(in.path);
        riser::engine_options options = told_to(memory.listener());
        options.code_listeners[1] = dump.listener();
        options.jit_threads = 2;
        one_tier engine(options);
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int turn = 0; turn < 20; ++turn) {
                    static_cast<void>(riser::module::compile(
                        engine, test::wat("(module $on (func $version (result i32) (i32.const 0)))"),
                        riser::compile_mode::eager_native));
                }
            });
        }
        for (std::thread& each : threads) {
            each.join();
        }
        CHECK(dump.warning().empty());
    }
    CHECK(memory.published.size() == 80);
    CHECK(memory.ended.size() >= 80); // memory is used again
    const std::string bytes = read(dump_in(in));
    const parsed_dump parsed(bytes);
    CHECK(parsed.loads.size() == 80);
    std::set<std::uint64_t> indices;
    std::uint64_t last = parsed.begun;
    for (const loaded_code& each : parsed.loads) {
        indices.insert(each.index);
        CHECK(each.symbol == "on!version");
        CHECK(each.timestamp >= last);
        last = each.timestamp;
    }
    CHECK(indices.size() == 80);
}

TEST_CASE("native symbols: names are those of backtraces") {
    CHECK(name_for("guest", "leaf") == "guest!leaf");
    CHECK(name_for("", "leaf") == "module!leaf");
    CHECK(name_for("guest", "", 0) == "guest!function 0");
    CHECK(name_for("guest", "", 4294967295) == "guest!function 4294967295");
    CHECK(name_for("guest", "std::vector<int>::push_back(int&&)") == "guest!std::vector<int>::push_back(int&&)");
    CHECK(name_for("g\u00fcst", "\u65e5\u672c") == "g\u00fcst!\u65e5\u672c");
}

TEST_CASE("native symbols: hostile names can neither end a line nor steer a terminal, and are cut") {
    CHECK(name_for("a\nb", "c\r\n1000 10 d\x1b[2J\x7f") == "a?b!c??1000 10 d?[2J?");
    CHECK(name_for("a", std::string_view("b\0c", 3)) == "a!b?c");
    CHECK(name_for("a", "\u009b2J\u0080\u009f\u00a0") == "a!?2J??\u00a0");
    const std::string longest(100'000, 'x');
    CHECK(name_for(longest, "f") == std::string(symbol_name::most_module_bytes, 'x') + "!f");
    CHECK(name_for("m", longest).size() == symbol_name::most_bytes);
    CHECK(name_for(longest, longest).size() == symbol_name::most_bytes);
    // Not in the middle of a character.
    std::string wide;
    while (wide.size() < 2000) {
        wide += "\u65e5";
    }
    CHECK(name_for("m", wide).size() == symbol_name::most_bytes - 2 - (symbol_name::most_bytes - 2) % 3 + 2);
    CHECK(name_for("m", std::string(symbol_name::most_bytes - 3, 'x') + "\u009b") ==
          "m!" + std::string(symbol_name::most_bytes - 3, 'x'));
}

TEST_CASE("native symbols: perf's map has a line for each function") {
    const map_file only;
    memory_of_code memory;
    {
        native_symbols::perf_map map;
        CHECK(map.warning().empty());
        riser::engine_options options = told_to(memory.listener());
        options.code_listeners[1] = map.listener();
        tiered<one_tier> in(options);
        in.call("calls");
        CHECK(map.warning().empty());
    }
    std::string expected;
    for (const told& each : memory.published) {
        char line[100];
        std::snprintf(line, sizeof line, "%zx %zx %s\n", reinterpret_cast<std::size_t>(each.begin), each.bytes.size(),
                      each.symbol.c_str());
        expected += line;
    }
    CHECK(memory.published.size() == 2);
    CHECK(read(perf_map_path()) == expected);
    struct ::stat found{};
    REQUIRE(::stat(perf_map_path().c_str(), &found) == 0);
    CHECK((found.st_mode & 07777) == 0600);
}

TEST_CASE("native symbols: what another JIT has written to perf's map stays") {
    const map_file only;
    std::ofstream(perf_map_path()) << "1000 10 other\n";
    ::chmod(perf_map_path().c_str(), 0644);
    native_symbols::perf_map map;
    CHECK(map.warning().empty());
    tiered<one_tier> in(told_to(map.listener()));
    in.call("version");
    CHECK(read(perf_map_path()).starts_with("1000 10 other\n"));
    CHECK(read(perf_map_path()).ends_with(" module!version\n"));
}

TEST_CASE("native symbols: a jitdump has the code of each function, and ends with the object") {
    const folder in;
    std::ofstream(dump_in(in)) << "of an earlier process";
    ::chmod(dump_in(in).c_str(), 0600);
    memory_of_code memory;
    {
        native_symbols::jitdump dump(in.path);
        CHECK(dump.warning().empty());
        // How perf finds it.
        const std::string maps = read("/proc/self/maps");
        const std::size_t at = maps.find(dump_in(in));
        REQUIRE(at != std::string::npos);
        const std::size_t line = maps.rfind('\n', at) + 1;
        CHECK(maps.substr(line, at - line).find(" r-xp 00000000 ") != std::string::npos);
        riser::engine_options options = told_to(memory.listener());
        options.code_listeners[1] = dump.listener();
        tiered<one_tier> running(options);
        running.call("calls");
        CHECK(!parsed_dump(read(dump_in(in))).is_closed);
    }
    CHECK(read("/proc/self/maps").find(dump_in(in)) == std::string::npos);
    const std::string bytes = read(dump_in(in));
    const parsed_dump parsed(bytes);
    CHECK(parsed.is_closed);
    REQUIRE(parsed.loads.size() == memory.published.size());
    for (std::size_t i = 0; i < parsed.loads.size(); ++i) {
        const told& expected = memory.published[i];
        CHECK(parsed.loads[i].address == reinterpret_cast<std::uint64_t>(expected.begin));
        CHECK(parsed.loads[i].symbol == expected.symbol);
        CHECK(parsed.loads[i].bytes ==
              std::string(reinterpret_cast<const char*>(expected.bytes.data()), expected.bytes.size()));
    }
}

TEST_CASE("native symbols: files are only written that nobody else can have put there") {
    const folder in;
    const std::string target = in.path + "/target";
    const std::string path = dump_in(in);
    const auto refused = [&](const std::function<void()>& make, const char* because) {
        std::filesystem::remove_all(path);
        std::filesystem::remove(target);
        std::ofstream(target) << "precious";
        ::chmod(target.c_str(), 0600);
        make();
        native_symbols::jitdump dump(in.path);
        CHECK(dump.warning() == path + " is not written: " + because);
        tiered<one_tier> running(told_to(dump.listener()));
        CHECK(running.call("version") != 0);
        CHECK(read(target) == "precious");
    };
    refused([&] { std::filesystem::create_symlink(target, path); }, "it is a symbolic link");
    refused([&] { std::filesystem::create_symlink(in.path + "/none", path); }, "it is a symbolic link");
    CHECK(!std::filesystem::exists(in.path + "/none"));
    constexpr const char* others = "there is one already that others may have a hand in";
    refused([&] { std::filesystem::create_hard_link(target, path); }, others);
    refused([&] { CHECK(::mkfifo(path.c_str(), 0600) == 0); }, others);
    refused(
        [&] {
            std::ofstream(path) << "";
            ::chmod(path.c_str(), 0622);
        },
        others);
    refused([&] { std::filesystem::create_directory(path); }, "Is a directory");
}

TEST_CASE("native symbols: a file that cannot be written is a warning") {
    const folder in;
    native_symbols::jitdump nowhere(in.path + "/none");
    CHECK(nowhere.warning().ends_with(" is not written: No such file or directory"));
    // Two of one process would write between each other's records.
    native_symbols::jitdump first(in.path);
    native_symbols::jitdump second(in.path);
    CHECK(first.warning().empty());
    CHECK(second.warning() == dump_in(in) + " is not written: somebody else writes it, maybe in this process");
    riser::engine_options options = told_to(nowhere.listener());
    options.code_listeners[1] = second.listener();
    options.code_listeners[2] = first.listener();
    tiered<one_tier> running(options);
    CHECK(running.call("version") != 0);
    CHECK(parsed_dump(read(dump_in(in))).loads.size() == 1);
}

TEST_CASE("native symbols: where the disk is full, the rest is not written, and code runs on") {
    const folder in;
    CHECK(test::in_child([&] {
              ::signal(SIGXFSZ, SIG_IGN);
              const ::rlimit most{100, 100};
              if (::setrlimit(RLIMIT_FSIZE, &most) != 0) {
                  return 1;
              }
              native_symbols::jitdump dump(in.path);
              if (!dump.warning().empty()) {
                  return 2;
              }
              tiered<one_tier> running(told_to(dump.listener()));
              if (running.call("calls") == 0 || running.compiled() != 2) {
                  return 3;
              }
              return dump.warning().ends_with(" is not written: File too large") ? 0 : 4;
          }) == 0);
}

TEST_CASE("native symbols: a forked child writes nothing into its parent's files") {
    const map_file only;
    const folder in;
    native_symbols::perf_map map;
    {
        native_symbols::jitdump dump(in.path);
        riser::engine_options options = told_to(map.listener());
        options.code_listeners[1] = dump.listener();
        tiered<one_tier> running(options);
        running.call("version");
        const std::string before = read(perf_map_path());
        CHECK(test::in_child([&] { return running.call("calls") != 0 && running.compiled() == 2 ? 0 : 1; }) == 0);
        CHECK(read(perf_map_path()) == before);
        CHECK(parsed_dump(read(dump_in(in))).loads.size() == 1);
        running.call("calls");
    }
    CHECK(parsed_dump(read(dump_in(in))).loads.size() == 2);
}

#endif
