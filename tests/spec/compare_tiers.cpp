#include "spec/compare_tiers.hpp"

#include "riser/core/module/module_state.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/memory.hpp"
#include "riser/module.hpp"
#include "riser/trap.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace spec {
namespace {

constexpr std::uint64_t fuel = std::uint64_t{1} << 40U;
constexpr std::size_t most_hashed = std::size_t{4} << 20U; ///< bytes of a memory: some scripts have 4 GiB

/// FNV-1a of words.
std::uint64_t hash(std::span<const std::byte> bytes) {
    std::uint64_t sum = 0xcbf29ce484222325;
    for (std::size_t i = 0; i + sizeof sum <= bytes.size(); i += sizeof sum) {
        std::uint64_t word = 0;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(i), sizeof word, reinterpret_cast<std::byte*>(&word));
        sum = (sum ^ word) * 0x100000001b3;
    }
    return sum;
}

std::string text_of(const riser::value& value) {
    const riser::value_type type = value.type();
    if (type.is_reference()) {
        return value.is_null() ? " null" : " reference";
    }
    const bool is_nan = (type == riser::types::f32 && std::isnan(value.f32())) ||
                        (type == riser::types::f64 && std::isnan(value.f64()));
    return is_nan ? " nan" : " " + std::to_string(value.low_bits());
}

/// How a trap ended the call. Of stack exhaustion only that: tiers differ in how deep calls go.
std::string text_of(const riser::trap& trap) {
    std::string text = "trap " + std::to_string(static_cast<int>(trap.kind()));
    if (trap.kind() == riser::trap_kind::stack_exhausted) {
        return text;
    }
    for (const riser::trap_frame& frame : trap.backtrace()) {
        text += " " + std::to_string(frame.function) + "@" + std::to_string(frame.offset);
    }
    return text;
}

std::string memories_of(const riser::instance& instance) {
    const auto& data = static_cast<const riser::core::runtime::instance_cell&>(instance.object());
    std::string text;
    for (std::size_t i = 0; i < data.module->info.memories.size(); ++i) {
        const riser::core::memory::linear_memory& memory = *data.memories[i];
        const std::size_t looked_at = std::min<std::size_t>(memory.size(), most_hashed);
        text += " " + std::to_string(memory.size()) + ":" + std::to_string(hash({memory.base, looked_at}));
    }
    return text;
}

/// What has been seen of a call, and where its command stands.
struct seen_call {
    long line;
    std::string text;
};

/// Makes a call, and says what can be seen of it.
riser::result<void> make_call(const wast::call& call, std::string& text) {
    call.store.set_fuel(fuel);
    const riser::result<void> ended = call.callee.try_call(call.arguments, call.results);
    const std::uint64_t used = fuel - call.store.fuel().value_or(fuel);
    call.store.set_unlimited_fuel();
    if (ended) {
        text = "returned";
        for (const riser::value& result : call.results) {
            text += text_of(result);
        }
    } else if (const auto trap = ended.error().as<riser::trap>()) {
        text = text_of(*trap);
        if (trap->kind() == riser::trap_kind::stack_exhausted) {
            return ended;
        }
    } else {
        text = ended.error().message();
    }
    text += ", fuel " + std::to_string(used) + ", memories" + memories_of(call.instance);
    return ended;
}

wast::tally run(const std::filesystem::path& script, wast::settings how, wast::progress& where,
                std::vector<seen_call>& seen) {
    how.make_call = [&](const wast::call& call) {
        seen.push_back({where.line, {}});
        return make_call(call, seen.back().text);
    };
    return run_json_script(script, how, where);
}

} // namespace

wast::tally compare_tiers(const std::filesystem::path& script, const wast::settings& how, cli::engine_pointer other,
                          wast::progress& where) {
    std::vector<seen_call> expected;
    std::vector<seen_call> actual;
    static_cast<void>(run(script, how, where, expected));
    wast::settings other_way = how;
    other_way.engine = std::move(other);
    const wast::tally second = run(script, other_way, where, actual);
    wast::tally sum{.passed = 0, .failed = second.failed, .text = second.text};
    if (expected.size() != actual.size()) {
        ++sum.failed;
        sum.text += script.stem().string() + ": the numbers of calls differ\n";
    }
    for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
        if (expected[i].text == actual[i].text) {
            ++sum.passed;
            continue;
        }
        ++sum.failed;
        sum.text += script.stem().string() + ".wast:" + std::to_string(actual[i].line) + ": " + expected[i].text +
                    "\n  in the other tier: " + actual[i].text + "\n";
    }
    return sum;
}

} // namespace spec
