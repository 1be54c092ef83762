#include "support/wasm.hpp"

#include "riser/guest_span.hpp"
#include "riser/guest_value.hpp"
#include "riser/memory.hpp"

#include <doctest/doctest.h>

#include <array>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What may lie in a guest's memory: values that the host reads and writes there, and what it refuses when it is compiled.

namespace {

using namespace std::literals;

struct sample {
    std::uint8_t kind;
    double value; // behind seven bytes of nothing
};
struct record {
    char name[8];
    sample samples[2];
    std::array<std::int16_t, 3> numbers;
    riser::v128 vector;
};
struct widest {
    std::int8_t m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16;
};
struct derived_array : std::array<std::int8_t, 17> {};

struct with_pointer {
    std::uint32_t size;
    const char* text;
};
struct with_pointers_within {
    std::uint32_t count;
    with_pointer texts[3];
};
struct with_reference {
    const std::uint32_t& number;
};
struct with_view {
    std::uint32_t id;
    std::string_view name;
};
struct with_bool {
    std::uint32_t id;
    bool is_set;
};
struct seventeen {
    std::int8_t m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16, m17;
};
struct derived : sample {
    std::int32_t more;
};
union number_or_pointer {
    std::uint64_t number;
    void* pointer;
};
class hidden {
public:
    explicit hidden(std::uint32_t number) noexcept : number_(number) {}
    [[nodiscard]] std::uint32_t number() const noexcept { return number_; }

private:
    std::uint32_t number_;
};
class opted_in : public hidden {
public:
    using hidden::hidden;
};
enum class answer : bool { no, yes };
enum class color : std::uint16_t { red = 1, green = 2 };

template <class... Ts>
constexpr bool all_representable = (riser::guest_representable<Ts> && ...);
template <class... Ts>
constexpr bool some_representable = (riser::guest_representable<Ts> || ...);

template <class T>
concept can_write = requires(riser::memory memory, const T& value) { memory.write(8, value); };
template <class T>
concept can_try_write = requires(riser::memory memory, const T& value) { memory.try_write(8, value); };
template <class T>
concept can_read = requires(riser::memory memory) { memory.read<T>(8); };
template <class T>
concept can_try_read = requires(riser::memory memory) { memory.try_read<T>(8); };
template <class T>
concept can_span = requires(riser::memory memory) { memory.span<T>(8, 1); };
template <class T>
concept can_try_span = requires(riser::memory memory) { memory.try_span<T>(8, 1); };
template <class T>
concept can_be_span = requires { typename riser::guest_span<T>; };

template <class T>
constexpr bool usable = can_write<T> && can_try_write<T> && can_read<T> && can_try_read<T> && can_span<T> &&
                        can_try_span<T> && can_be_span<T>;
template <class T>
constexpr bool refused = !can_write<T> && !can_try_write<T> && !can_read<T> && !can_try_read<T> && !can_span<T> &&
                         !can_try_span<T> && !can_be_span<T>;

// Members that give out what lies in the memory, of a handle that stays and of one that goes.
template <class M>
constexpr bool has_views = requires(M&& memory) { std::forward<M>(memory).data(); } &&
                           requires(M&& memory) { std::forward<M>(memory).range(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).try_range(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).view(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).try_view(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).c_string(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).try_c_string(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).template span<char>(0, 1); } &&
                           requires(M&& memory) { std::forward<M>(memory).template try_span<char>(0, 1); };
template <class M>
constexpr bool has_any_view = requires(M&& memory) { std::forward<M>(memory).data(); } ||
                              requires(M&& memory) { std::forward<M>(memory).range(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).try_range(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).view(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).try_view(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).c_string(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).try_c_string(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).template span<char>(0, 1); } ||
                              requires(M&& memory) { std::forward<M>(memory).template try_span<char>(0, 1); };

[[nodiscard]] std::string message_of(const riser::error& failure) {
    REQUIRE(failure.is<riser::trap>());
    CHECK(failure.as<riser::trap>()->kind() == riser::trap_kind::memory_out_of_bounds);
    return failure.what();
}

} // namespace

template <>
inline constexpr bool riser::enable_guest_representable<opted_in> = true;

TEST_CASE("guest values: numbers and what is made of them may lie in a guest's memory") {
    CHECK(all_representable<char, std::int8_t, std::uint16_t, std::int32_t, std::uint64_t, float, double, wchar_t,
                            std::byte, color, riser::v128>);
    CHECK(all_representable<sample, record, widest, std::array<sample, 4>, opted_in>);
    CHECK(usable<std::int32_t>);
    CHECK(usable<record>);
    CHECK(usable<opted_in>);
    CHECK(can_be_span<const record>);
    CHECK(can_write<std::string_view>);
    CHECK(can_try_write<std::string>);
}

TEST_CASE("guest values: what holds an address of the host does not compile") {
    CHECK(refused<const char*>);
    CHECK(refused<void (*)()>);
    CHECK(refused<int sample::*>);
    CHECK(refused<std::nullptr_t>);
    CHECK(refused<with_pointer>);
    CHECK(refused<with_pointers_within>);
    CHECK(refused<with_reference>);
    CHECK(refused<with_view>);
    CHECK(refused<std::array<const char*, 2>>);
    CHECK(refused<std::span<const int>>);
    CHECK(refused<std::vector<int>>);
    CHECK(refused<riser::guest_span<int>>);
    CHECK(refused<riser::memory>);
    CHECK(refused<riser::ref<riser::external>>);
    CHECK(refused<riser::value>);
    // Text is written, and read by view().
    CHECK_FALSE(can_read<std::string_view>);
    CHECK_FALSE(can_read<std::string>);
    CHECK_FALSE(can_span<std::string_view>);
    // What decays: `memory.write(8, "hi")`.
    CHECK_FALSE(can_write<char[3]>);
    CHECK_FALSE(can_try_write<char[3]>);
    CHECK_FALSE(can_write<int[2]>);
    CHECK_FALSE(can_read<int[2]>);
}

TEST_CASE("guest values: what riser cannot look into has to be opted in") {
    CHECK_FALSE(some_representable<hidden, derived, derived_array, seventeen, number_or_pointer, std::complex<float>>);
    CHECK(refused<hidden>);
    // A guest's byte may be neither true nor false, and its long double is another one.
    CHECK_FALSE(some_representable<bool, answer, with_bool, long double, std::array<bool, 2>>);
}

TEST_CASE("guest values: no temporary handle gives out what lies in its memory") {
    CHECK(has_views<riser::memory&>);
    CHECK(has_views<const riser::memory&>);
    CHECK_FALSE(has_any_view<riser::memory>);
    CHECK_FALSE(has_any_view<const riser::memory>);
}

TEST_CASE("guest values: structures come back as they went, and what lies between members is zero") {
    test::world world;
    const riser::memory memory = riser::memory::create(world.store, {.limits = {.min = 1, .max = 1}});
    std::memset(memory.data().data(), 0xee, 256);
    record given{"riser", {{1, 2.5}, {2, -0.0}}, {3, -4, 5}, {}};
    std::memset(reinterpret_cast<std::byte*>(&given.samples[0]) + 1, 0xaa, 7); // as what was on the stack before
    given.vector.bytes[15] = 0x7f;
    memory.write(3, given);
    CHECK(memory.c_string(3, 8) == "riser");
    CHECK(memory.read<std::uint8_t>(3 + offsetof(record, samples)) == 1);
    for (std::size_t i = 1; i < offsetof(sample, value); ++i) {
        CHECK(memory.read<std::uint8_t>(3 + offsetof(record, samples) + i) == 0);
    }
    CHECK(memory.read<double>(3 + offsetof(record, samples) + offsetof(sample, value)) == 2.5);
    CHECK(memory.read<std::int16_t>(3 + offsetof(record, numbers) + 2) == -4);
    CHECK(memory.read<std::uint8_t>(2) == 0xee);
    CHECK(memory.read<std::uint8_t>(3 + sizeof(record)) == 0xee);

    const auto taken = memory.read<record>(3);
    CHECK(std::string_view(taken.name) == "riser");
    CHECK(taken.samples[0].value == 2.5);
    CHECK(taken.samples[1].kind == 2);
    CHECK(taken.numbers == given.numbers);
    CHECK(taken.vector == given.vector);
    memory.write(8, opted_in(7));
    CHECK(memory.read<opted_in>(8).number() == 7);
    // The bytes of numbers within structures are little-endian on every machine.
    memory.write(8, std::array<std::uint32_t, 2>{0x01020304, 0x05060708});
    CHECK(memory.view(8, 8) == "\4\3\2\1\x8\7\6\5"sv);
}

TEST_CASE("guest values: texts and spans of a memory lie within it") {
    test::world world;
    const riser::memory memory = riser::memory::create(world.store, {.limits = {.min = 1, .max = 1}});
    const std::uint64_t end = memory.size();
    memory.write(16, "hello"sv);
    memory.write(end - 5, std::string("world"));
    memory.write(end, ""sv);
    CHECK(memory.view(16, 5) == "hello");
    CHECK(memory.view(end - 5, 5) == "world");
    CHECK(memory.view(end, 0).empty());
    memory.write(17, memory.view(16, 4)); // they overlap
    CHECK(memory.view(16, 5) == "hhell");

    const riser::guest_span<std::uint16_t> numbers = memory.span<std::uint16_t>(end - 5, 2);
    numbers.set(1, 0x4142);
    CHECK(numbers[0] == 0x6f77);
    CHECK(memory.view(end - 5, 5) == "woBAd");
    CHECK(memory.span<const char>(16, 5).view() == "hhell");
    CHECK(memory.span<const record>(end, 0).empty());

    CHECK(message_of(memory.try_view(end - 4, 5).error()) == "out of bounds memory access: 5 bytes at 0xfffc of 65536");
    CHECK(message_of(memory.try_view(end + 1, 0).error()).ends_with("0 bytes at 0x10001 of 65536"));
    CHECK(message_of(memory.try_write(end - 1, "no"sv).error()).ends_with("2 bytes at 0xffff of 65536"));
    CHECK(message_of(memory.try_write(end, std::uint8_t{1}).error()).ends_with("1 byte at 0x10000 of 65536"));
    CHECK_THROWS_AS(memory.write(end - 1, "no"s), riser::trap);
    CHECK_THROWS_AS(static_cast<void>(memory.view(UINT64_MAX, 2)), riser::trap);
    // Sizes that would wrap: to 8 and to 0 bytes.
    for (const std::uint64_t count : {(UINT64_MAX >> 3U) + 2, (UINT64_MAX >> 3U) + 1, UINT64_MAX}) {
        CHECK_FALSE(memory.try_span<double>(0, count));
        CHECK_THROWS_AS(static_cast<void>(memory.span<const double>(0, count)), riser::trap);
    }
}

TEST_CASE("guest values: a text that a zero ends, ends within its bound and its memory") {
    test::world world;
    const riser::memory memory = riser::memory::create(world.store, {.limits = {.min = 1, .max = 1}});
    const std::uint64_t end = memory.size();
    memory.write(8, "hello"sv);
    memory.write(end - 3, "end"sv);
    CHECK(memory.c_string(8, 5) == "hello");
    CHECK(memory.c_string(8, UINT64_MAX) == "hello");
    CHECK(memory.c_string(13, 0).empty());
    CHECK(message_of(memory.try_c_string(8, 4).error()) ==
          "out of bounds memory access: no zero ends the text at 0x08 within 5 bytes");
    for (const std::uint64_t max : {std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{65536}, UINT64_MAX}) {
        CHECK(message_of(memory.try_c_string(end - 3, max).error()).ends_with("at 0xfffd within 3 bytes"));
    }
    CHECK(message_of(memory.try_c_string(end, 0).error()).ends_with("1 byte at 0x10000 of 65536"));
    CHECK_THROWS_AS(static_cast<void>(memory.c_string(UINT64_MAX, UINT64_MAX)), riser::trap);
    memory.write(end - 1, '\0');
    CHECK(memory.c_string(end - 3, 2) == "en");
}

TEST_CASE("guest values: in a 64-bit memory, and in a shared one") {
    test::world world;
    for (const riser::memory_type& type : {riser::memory_type{.limits = {.min = 1, .max = 2}, .is_64 = true},
                                           riser::memory_type{.limits = {.min = 1, .max = 2}, .is_shared = true}}) {
        const riser::memory memory = riser::memory::create(world.store, type);
        memory.write(65533, "abc"sv);
        CHECK_FALSE(memory.try_c_string(65533, 10));
        CHECK(memory.grow(1) == 1);
        CHECK(memory.c_string(65533, 10) == "abc");
        memory.write(65536 + 8, sample{1, 2});
        CHECK(memory.span<sample>(65536 + 8, 1)[0].value == 2);
        CHECK_FALSE(memory.try_span<sample>(0x1'0000'0000, 1));
        CHECK_FALSE(memory.try_view(8, 0x1'0000'0001));
    }
}
