#include "riser/default_engine.hpp"
#include "riser/module.hpp"
#include "support/failing_allocator.hpp"
#include "support/module_builder.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string_view>
#include <vector>

// What a module makes the engine keep is bounded by its own size.

namespace {

using test::byte_writer;

class sections {
public:
    sections& add(std::uint8_t id, const byte_writer& contents) {
        module_.put({id}).unsigned_number(contents.bytes.size()).put(contents);
        return *this;
    }
    /// Of `count` equal items.
    sections& repeat(std::uint8_t id, std::uint32_t count, std::initializer_list<std::uint8_t> item) {
        byte_writer contents;
        contents.unsigned_number(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            contents.put(item);
        }
        return add(id, contents);
    }
    /// Types in one recursive group.
    sections& group(std::uint32_t count, std::initializer_list<std::uint8_t> type) {
        byte_writer contents;
        contents.put({1, 0x4e}).unsigned_number(count);
        for (std::uint32_t i = 0; i < count; ++i) {
            contents.put(type);
        }
        return add(1, contents);
    }
    sections& custom(std::string_view name, const byte_writer& contents) {
        return add(0, byte_writer().name(name).put(contents));
    }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return module_.bytes; }

private:
    byte_writer module_ = byte_writer().put({0, 'a', 's', 'm', 1, 0, 0, 0});
};

/// A type section of `count` groups.
sections types(std::uint32_t count, const std::function<void(byte_writer&, std::uint32_t)>& put) {
    byte_writer contents;
    contents.unsigned_number(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        put(contents, i);
    }
    return sections().add(1, contents);
}

/// Bytes kept, and needed at the same time, per byte of the module.
struct factors {
    double kept;
    double needed;
};

factors measure(const sections& module) {
    test::failing_allocator source;
    riser::engine_options options;
    options.allocator = source.interface();
    const riser::engine engine(options);
    const std::size_t before = source.bytes();
    const auto made = riser::module::try_compile(engine, module.bytes());
    REQUIRE(made);
    const auto size = static_cast<double>(module.bytes().size());
    return {static_cast<double>(source.bytes() - before) / size,
            static_cast<double>(source.most_bytes() - before) / size};
}

void check_bounded(const char* what, const sections& module) {
    CAPTURE(what);
    const factors measured = measure(module);
    CHECK(measured.kept <= 100);
    CHECK(measured.needed <= 100);
}

} // namespace

TEST_CASE("modules: what one makes the engine keep is at most 100 times its bytes, then and before") {
    constexpr std::uint32_t many = 70'000;
    check_bounded("function types in a group", sections().group(many, {0x60, 0, 0}));
    check_bounded("structures in a group", sections().group(many, {0x5f, 0}));
    check_bounded("structures with a field", sections().group(many, {0x5f, 1, 0x7f, 0}));
    check_bounded("equal types", sections().repeat(1, many, {0x60, 0, 0}));
    check_bounded("empty groups", sections().repeat(1, many, {0x4e, 0}));
    check_bounded("different types", types(many, [](byte_writer& to, std::uint32_t i) {
                      to.put({0x60, 9});
                      for (std::uint32_t k = 0; k < 9; ++k) {
                          to.put({static_cast<std::uint8_t>(test::f64 + (i >> 2 * k & 3U))});
                      }
                      to.put({0});
                  }));
    check_bounded("references to the type before", types(many, [](byte_writer& to, std::uint32_t i) {
                      i == 0 ? to.put({0x5e, 0x7f, 0}) : to.put({0x5e, 0x64}).signed_number(i - 1).put({0});
                  }));
    check_bounded("chains of subtypes", types(many, [](byte_writer& to, std::uint32_t i) {
                      to.put({0x50});
                      i % 64 == 0 ? to.put({0}) : to.put({1}).unsigned_number(i - 1);
                      // The chain's own field keeps it apart from the others.
                      to.put({0x5f, 1, 0x64}).signed_number(i - i % 64).put({0});
                  }));
    check_bounded("groups of 10,000 types that differ in the last", types(7, [](byte_writer& to, std::uint32_t i) {
                      to.put({0x4e}).unsigned_number(10'000);
                      for (std::uint32_t k = 0; k < 9'999; ++k) {
                          to.put({0x60, 0, 0});
                      }
                      to.put({0x60, 1, static_cast<std::uint8_t>(i < 4 ? test::f64 + i : 0x6c + i), 0});
                  }));
    check_bounded("references from one type to many", types(1'010, [](byte_writer& to, std::uint32_t i) {
                      if (i < 1'000) {
                          i == 0 ? to.put({0x5e, 0x7f, 0}) : to.put({0x5e, 0x64}).signed_number(i - 1).put({0});
                          return;
                      }
                      to.put({0x60}).unsigned_number(1'000);
                      for (std::uint32_t k = 0; k < 1'000; ++k) {
                          to.put({0x64}).signed_number(k * i % 1'000);
                      }
                      to.put({0});
                  }));
    check_bounded("imports", sections().repeat(1, 1, {0x60, 0, 0}).repeat(2, many, {0, 0, 0, 0}));
    check_bounded("functions",
                  sections().repeat(1, 1, {0x60, 0, 0}).repeat(3, many, {0}).repeat(10, many, {2, 0, 0x0b}));
    check_bounded("functions of which one has a name", sections()
                                                           .repeat(1, 1, {0x60, 0, 0})
                                                           .repeat(3, many, {0})
                                                           .repeat(10, many, {2, 0, 0x0b})
                                                           .custom("name", byte_writer().put({1, 3, 1, 0, 0})));
    check_bounded("tables", sections().repeat(4, many, {0x70, 0, 0}));
    check_bounded("tables with initial elements", sections().repeat(4, many, {0x40, 0, 0x70, 0, 0, 0xd0, 0x70, 0x0b}));
    check_bounded("globals", sections().repeat(6, many, {0x7f, 0, 0x41, 0, 0x0b}));
    check_bounded("tags", sections().repeat(1, 1, {0x60, 0, 0}).repeat(13, many, {0, 0}));
    check_bounded("element segments", sections().repeat(9, many, {1, 0, 0}));
    check_bounded("element expressions", sections().add(9, [] {
        byte_writer contents;
        contents.put({1, 5, 0x70}).unsigned_number(many);
        for (std::uint32_t i = 0; i < many; ++i) {
            contents.put({0xd0, 0x70, 0x0b});
        }
        return contents;
    }()));
    check_bounded("data segments", sections().repeat(11, many, {1, 0}));
    check_bounded("exports", sections().repeat(5, 1, {0, 1}).add(7, [] {
        byte_writer contents;
        contents.unsigned_number(many);
        for (std::uint32_t i = 0; i < many; ++i) {
            contents.put({3}).put({static_cast<std::uint8_t>(i & 0x7f), static_cast<std::uint8_t>(i >> 7 & 0x7f),
                                   static_cast<std::uint8_t>(i >> 14), 2, 0});
        }
        return contents;
    }()));
    sections customs;
    for (std::uint32_t i = 0; i < many; ++i) {
        customs.custom("", {});
    }
    check_bounded("custom sections", customs);
}
