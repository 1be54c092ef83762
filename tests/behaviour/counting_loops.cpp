#include "support/module_builder.hpp"
#include "support/number_model.hpp"
#include "support/trial.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What a counting loop ends with is one instruction, where it can be: every comparison, with limits and steps at edges,
// against a model.

namespace {

using test::expression;
using test::outcome;

// (counter, limit, _) -> passes << 32 | counter at the end, and at most so many passes.
constexpr std::uint64_t most_passes = 12;
constexpr std::uint32_t passes = 3; // a local
constexpr std::uint8_t no_block_result = 0x40;

constexpr std::array<std::string_view, 10> comparisons = {"i32.eq",   "i32.ne",   "i32.lt_s", "i32.lt_u", "i32.gt_s",
                                                          "i32.gt_u", "i32.le_s", "i32.le_u", "i32.ge_s", "i32.ge_u"};
constexpr std::uint8_t code_of_first = 0x46;

struct counting_loop {
    std::size_t comparison = 0;
    std::optional<std::uint32_t> limit; ///< where it is constant
    std::uint32_t increment = 1;
    bool is_subtracted = false;
    bool is_left = true;     ///< the counter, in the comparison
    bool is_negated = false; ///< the comparison
    bool is_tee = true;
    bool limits_itself = false;

    [[nodiscard]] expression body() const {
        expression e;
        e.op({0x02, no_block_result, 0x03, no_block_result});
        e.get(passes).constant_32(1).op({0x6a}).tee(passes).constant_32(most_passes).op({0x46, 0x0d, 1});
        const auto push_limit = [&] { limits_itself ? e.get(0) : limit ? e.constant_32(*limit) : e.get(1); };
        const auto count = [&] {
            e.get(0)
                .constant_32(is_subtracted ? 0U - increment : increment)
                .op({is_subtracted ? std::uint8_t{0x6b} : std::uint8_t{0x6a}});
        };
        if (is_tee && is_left) {
            count(), e.tee(0), push_limit();
        } else if (is_left) {
            count(), e.set(0).get(0), push_limit();
        } else {
            count(), e.set(0), push_limit(), e.get(0);
        }
        e.op({static_cast<std::uint8_t>(code_of_first + comparison)});
        if (is_negated) {
            e.op({0x45});
        }
        e.op({0x0d, 0, 0x0b, 0x0b});
        return e.get(0).op({0xad}).get(passes).op({0xad}).constant_64(32).op({0x86, 0x84});
    }

    [[nodiscard]] std::string name() const {
        return std::string(comparisons[comparison]) + (limits_itself ? " itself"
                                                       : limit       ? ' ' + std::to_string(*limit)
                                                                     : " local");
    }

    [[nodiscard]] outcome model(std::uint32_t counter, std::uint32_t given) const {
        const test::number_model compare = test::model_of(comparisons[comparison]);
        std::uint64_t round = 0;
        for (bool again = true; again && ++round != most_passes;) {
            counter += increment;
            const std::uint32_t bound = limits_itself ? counter : limit.value_or(given);
            again = ((is_left ? compare(counter, bound) : compare(bound, counter)).bits != 0) != is_negated;
        }
        return {round << 32U | counter, {}, false};
    }
};

std::vector<counting_loop> loops_of(std::size_t comparison) {
    std::vector<counting_loop> result;
    std::vector<std::optional<std::uint32_t>> limits = {std::nullopt};
    for (const std::uint64_t value : test::edge_values(test::i32)) {
        limits.emplace_back(static_cast<std::uint32_t>(value));
    }
    for (const std::uint32_t increment : {1U, 0xffffffffU, 3U, 0x80000000U}) {
        for (const auto& limit : limits) {
            for (unsigned i = 0; i < 16; ++i) {
                counting_loop made{comparison,    limit,         increment,    (i & 1U) != 0,
                                   (i & 2U) == 0, (i & 4U) != 0, (i & 8U) == 0};
                result.push_back(made);
                if (!limit) {
                    made.limits_itself = true;
                    result.push_back(made);
                }
            }
        }
    }
    return result;
}

void run_loops(test::tester& with) {
    for (std::size_t comparison = 0; comparison < comparisons.size(); ++comparison) {
        const std::vector<counting_loop> loops = loops_of(comparison);
        test::trial made;
        made.name = "counting loop";
        made.parameters = {test::i32, test::i32, test::i32};
        made.result = test::i64;
        test::module_builder builder;
        builder.memory(1, 1, "memory");
        const std::uint32_t type = builder.type({test::i32, test::i32, test::i32}, {test::i64});
        for (const counting_loop& each : loops) {
            const auto number = static_cast<std::uint32_t>(made.functions.size());
            made.functions.push_back(each.name());
            builder.function(type, {test::i32}, each.body(), std::to_string(number));
            const std::vector<std::uint64_t> values = test::edge_values(test::i32);
            for (std::size_t i = 0; i < values.size(); ++i) {
                const std::uint64_t limit = values[(i + number) % values.size()];
                // Those that end after some passes, and those that do not.
                const auto first = static_cast<std::uint32_t>(each.limit.value_or(static_cast<std::uint32_t>(limit)) -
                                                              each.increment * (i % 6));
                const std::uint64_t counter = i < 6 ? first : values[i];
                test::probe tried;
                tried.function = number;
                tried.arguments = {counter, limit, 0};
                tried.expected = each.model(static_cast<std::uint32_t>(counter), static_cast<std::uint32_t>(limit));
                made.probes.push_back(tried);
            }
        }
        made.module = builder.bytes();
        with.run(made);
    }
}

} // namespace

TEST_CASE("counting loops: all forms agree, and all come up") {
    test::tester all;
    run_loops(all);
    CHECK(all.failures() == 0);
    CHECK(all.count() > 50'000);
    CHECK(unseen(all, {test::bytecode::family::step}) == "");
}

TEST_CASE("counting loops: native code agrees") {
    if (!test::has_backends()) {
        return;
    }
    test::tester all("baseline");
    run_loops(all);
    CHECK(all.failures() == 0);
}
