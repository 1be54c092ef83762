#include "support/module_builder.hpp"
#include "support/number_model.hpp"
#include "support/trial.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// An operator has many forms: by where its operands are, whether its result is needed in the accumulator, what is made of
// it. Every numeric operator, with operands from everywhere, its result used in every way, with values at edges, against a
// model; and every form of an instruction must come up in some function.

namespace {

namespace bytecode = test::bytecode;
namespace wasm = test::wasm;

using test::edge_values;
using test::expression;
using test::is_narrow;
using test::is_real;
using test::outcome;
using test::words;

constexpr std::uint8_t no_block_result = 0x40;

// Functions have three parameters (a, b, c), of the types of the operands as far as there are so many, else i32. Locals:
constexpr std::uint32_t prepared = 3; // three, of the same types
constexpr std::uint32_t other = 6;    // of the result's type
constexpr std::uint32_t passes = 7;   // i32

// Arithmetic that gives its operand again, given `encoded` bits.
constexpr std::uint64_t flipped = 0x55;

void emit_flip(expression& e, std::uint8_t type) {
    switch (type) {
    case test::i32: e.constant_32(flipped).op({0x73}); break;
    case test::i64: e.constant_64(flipped).op({0x85}); break;
    case test::f32: e.constant(type, 0x3f800000).op({0x94}); break;
    default: e.constant(type, 0x3ff0000000000000).op({0xa2}); break;
    }
}
/// Multiplication makes any NaN of a NaN; this one stays as it is on all machines.
std::optional<std::uint64_t> encoded(std::uint8_t type, std::uint64_t value) {
    if (is_real(type)) {
        return test::is_nan(type, value) && test::is_negative(type, value) ? std::nullopt : std::optional(value);
    }
    return value ^ flipped;
}

/// Where an operand comes from.
enum class source : std::uint8_t {
    parameter,
    constant,
    computed,
    chain, ///< computed twice, the second time from the accumulator
    loaded,
    computed_local,
    loaded_local,
    compared, ///< only 0 and 1
    negated,  ///< by eqz; only 0 and 1
    count_,
};
constexpr std::array<std::string_view, static_cast<std::size_t>(source::count_)> source_names = {
    "parameter", "constant", "computed", "chain", "loaded", "computed local", "loaded local", "compared", "negated"};

/// One operand of one function.
struct operand {
    source from = source::parameter;
    std::uint64_t value = 0; ///< of a constant
};

/// An operator, or something else that makes a value of others.
struct operation {
    std::string name;
    std::vector<std::uint8_t> code;
    std::vector<std::uint8_t> types; ///< of the operands
    std::uint8_t result = test::i32;
    std::function<outcome(const words&)> model;
    bool is_condition = false;
};

/// Emits an operation with its operands, in the two parts between which something else may come.
class emitter {
public:
    emitter(const operation& what, const std::vector<operand>& operands) : what_(what), operands_(operands) {}

    void prepare(expression& e) const {
        for (std::uint32_t i = 0; i < operands_.size(); ++i) {
            if (operands_[i].from == source::computed_local) {
                e.get(i), emit_flip(e, what_.types[i]), e.set(prepared + i);
            } else if (operands_[i].from == source::loaded_local) {
                load(e, i), e.set(prepared + i);
            }
        }
    }
    void operate(expression& e) const {
        for (std::uint32_t i = 0; i < operands_.size(); ++i) {
            push(e, i);
        }
        for (const std::uint8_t byte : what_.code) {
            e.op({byte});
        }
    }
    void all(expression& e) const { prepare(e), operate(e); }

    [[nodiscard]] std::uint8_t type(std::size_t operand) const { return what_.types[operand]; }
    [[nodiscard]] std::uint8_t result() const { return what_.result; }

private:
    static void load_type(expression& e, std::uint8_t type) {
        const std::uint8_t code = type == test::i32 ? 0x28 : type == test::i64 ? 0x29 : type == test::f32 ? 0x2a : 0x2b;
        e.op({code, 0});
    }
    void load(expression& e, std::uint32_t i) const {
        e.constant_32(0), load_type(e, what_.types[i]), e.unsigned_number(8U * i);
    }
    void push(expression& e, std::uint32_t i) const {
        const std::uint8_t type = what_.types[i];
        switch (operands_[i].from) {
        case source::parameter: e.get(i); break;
        case source::constant: e.constant(type, operands_[i].value); break;
        case source::computed: e.get(i), emit_flip(e, type); break;
        case source::chain: e.get(i), emit_flip(e, type), emit_flip(e, type); break;
        case source::loaded: load(e, i); break;
        case source::compared: e.get(i).constant_32(flipped).op({0x46}); break;
        case source::negated: e.get(i).op({0x45}); break;
        default: e.get(prepared + i); break;
        }
    }

    const operation& what_;
    const std::vector<operand>& operands_;
};

/// What is made of a result.
struct use {
    std::string name;
    std::function<void(expression&, const emitter&)> emit;
    /// What the function returns, of what the operation gives and of the arguments.
    std::function<outcome(outcome, const words&)> model;
    std::optional<std::uint8_t> result; ///< the function's, where it is not the operation's
};

outcome same(outcome result, const words&) { return result; }

/// For results of any type.
std::vector<use> value_uses(const operation& what) {
    const std::uint8_t type = what.result;
    std::vector<use> uses;
    uses.push_back({"stack", [](expression& e, const emitter& from) { from.all(e); }, same, {}});
    uses.push_back(
        {"local.set", [](expression& e, const emitter& from) { from.all(e), e.set(other).get(other); }, same, {}});
    uses.push_back({"local.tee", [](expression& e, const emitter& from) { from.all(e), e.tee(other); }, same, {}});
    // The last one may be silent then.
    const char letter = is_real(type) ? 'f' : 'i';
    const std::string subtraction = letter + std::string(is_narrow(type) ? "32.sub" : "64.sub");
    const std::uint64_t minuend = is_narrow(type) ? test::minuend_32 : test::minuend_64;
    const std::uint8_t code = type == test::i32 ? 0x6b : type == test::i64 ? 0x7d : type == test::f32 ? 0x93 : 0xa1;
    uses.push_back({"loaded - ",
                    [=](expression& e, const emitter& from) {
                        from.prepare(e), e.constant_32(0);
                        e.op({type == test::i32   ? std::uint8_t{0x28}
                              : type == test::i64 ? std::uint8_t{0x29}
                              : type == test::f32 ? std::uint8_t{0x2a}
                                                  : std::uint8_t{0x2b},
                              0, 24});
                        from.operate(e), e.op({code});
                    },
                    [minuend, model = test::model_of(subtraction)](outcome result, const words&) {
                        return result.trap ? result : model(minuend, result.bits);
                    },
                    {}});
    if (what.types[0] != type) {
        return uses;
    }
    uses.push_back(
        {"same local.set", [](expression& e, const emitter& from) { from.all(e), e.set(0).get(0); }, same, {}});
    if (!is_real(type)) {
        // The local's old value is needed later.
        uses.push_back({"old ^ same local.tee",
                        [=](expression& e, const emitter& from) {
                            e.get(0), from.all(e),
                                e.tee(0).op({type == test::i32 ? std::uint8_t{0x73} : std::uint8_t{0x85}});
                        },
                        [](outcome result, const words& arguments) {
                            result.bits ^= result.trap ? 0 : arguments[0];
                            return result;
                        },
                        {}});
    }
    return uses;
}

/// For results that something depends on. The function returns 1 or 0.
void add_condition_uses(std::vector<use>& uses, unsigned negations) {
    using emit_function = void (*)(expression&, const std::function<void()>&);
    const auto add = [&](std::string_view name, emit_function emit) {
        const auto emit_negated = [=](expression& e, const emitter& from) {
            emit(e, [&] {
                from.all(e);
                for (unsigned i = 0; i < negations; ++i) {
                    e.op({0x45});
                }
            });
        };
        const auto model = [=](outcome result, const words&) {
            result.bits = (static_cast<std::uint32_t>(result.bits) != 0) == (negations % 2 == 0) ? 1 : 0;
            return result;
        };
        uses.push_back({std::string(name) + (negations == 0   ? ""
                                             : negations == 1 ? " eqz"
                                                              : " eqz eqz"),
                        emit_negated, model, test::i32});
    };
    constexpr std::uint8_t block = 0x02;
    constexpr std::uint8_t loop = 0x03;
    constexpr std::uint8_t end = 0x0b;
    constexpr std::uint8_t br_if = 0x0d;
    constexpr std::uint8_t drop = 0x1a;
    add("if", [](expression& e, const std::function<void()>& condition) {
        condition(), e.op({0x04, test::i32}).constant_32(1).op({0x05}).constant_32(0).op({end});
    });
    add("br_if", [](expression& e, const std::function<void()>& condition) {
        e.op({block, no_block_result}), condition();
        e.op({br_if, 0}).constant_32(0).op({0x0f, end}).constant_32(1);
    });
    add("br_if with a value", [](expression& e, const std::function<void()>& condition) {
        e.op({block, test::i32}).constant_32(1), condition();
        e.op({br_if, 0, drop}).constant_32(0).op({end});
    });
    add("br_if with a value that moves", [](expression& e, const std::function<void()>& condition) {
        e.op({block, test::i32}).constant_32(7).constant_32(1), condition();
        e.op({br_if, 0, drop, drop}).constant_32(0).op({end});
    });
    add("br_if out of the function", [](expression& e, const std::function<void()>& condition) {
        e.constant_32(1), condition();
        e.op({br_if, 0, drop}).constant_32(0);
    });
    // Goes round once where the condition is true, which is then not looked at again.
    add("br_if to a loop", [](expression& e, const std::function<void()>& condition) {
        e.op({block, no_block_result, loop, no_block_result});
        e.get(passes).constant_32(1).op({0x6a}).tee(passes).constant_32(2).op({0x46, br_if, 1});
        condition(), e.op({br_if, 0, end, end}).get(passes).constant_32(1).op({0x6b});
    });
    add("br_if to an outer loop", [](expression& e, const std::function<void()>& condition) {
        e.op({block, no_block_result, loop, no_block_result, loop, no_block_result, end});
        e.get(passes).constant_32(1).op({0x6a}).tee(passes).constant_32(2).op({0x46, br_if, 1});
        condition(), e.op({br_if, 0, end, end}).get(passes).constant_32(1).op({0x6b});
    });
    add("select", [](expression& e, const std::function<void()>& condition) {
        e.constant_32(1).constant_32(0), condition(), e.op({0x1b});
    });
}

std::vector<use> uses_of(const operation& what) {
    std::vector<use> uses = value_uses(what);
    if (what.is_condition) {
        add_condition_uses(uses, 0);
        add_condition_uses(uses, 1);
        add_condition_uses(uses, 2);
        uses.push_back({"eqz", [](expression& e, const emitter& from) { from.all(e), e.op({0x45}); },
                        [](outcome result, const words&) {
                            result.bits = result.bits == 0 ? 1 : 0;
                            return result;
                        },
                        test::i32});
    }
    return uses;
}

/// What parameters and memory must be for the operand to have the value. \returns false where it cannot have it
bool place(operand from, std::uint8_t type, std::uint64_t value, std::uint64_t& argument, std::uint64_t& loaded) {
    loaded = 0xa5a5a5a5a5a5a5a5;
    argument = is_real(type) ? 0 : test::bits_of_type(type, loaded);
    std::optional<std::uint64_t> bits = value;
    switch (from.from) {
    case source::parameter: argument = value; break;
    case source::constant: return value == from.value;
    case source::computed:
    case source::computed_local: bits = encoded(type, value); break;
    case source::chain: bits = is_real(type) ? encoded(type, value) : value; break;
    case source::loaded:
    case source::loaded_local: loaded = value; return true;
    case source::compared: bits = value <= 1 ? std::optional(value ^ flipped ^ 1U) : std::nullopt; break;
    default: bits = value <= 1 ? std::optional(value ^ 1U) : std::nullopt; break;
    }
    argument = bits.value_or(0);
    return bits.has_value();
}

/// Every function of a trial: the operands of each.
using operand_lists = std::vector<std::vector<operand>>;

test::trial make_trial(const operation& what, const use& used, const operand_lists& functions) {
    test::trial made;
    made.name = what.name + ", " + used.name;
    made.result = used.result.value_or(what.result);
    made.parameters = what.types;
    made.parameters.resize(3, test::i32);
    const std::vector<std::uint8_t>& p = made.parameters;
    test::module_builder builder;
    builder.memory(1, 1, "memory");
    const std::uint32_t type = builder.type({p[0], p[1], p[2]}, {made.result});
    std::array<std::vector<std::uint64_t>, 3> values;
    for (std::size_t i = 0; i < what.types.size(); ++i) {
        values[i] = edge_values(what.types[i]);
    }
    for (const std::vector<operand>& operands : functions) {
        const auto number = static_cast<std::uint32_t>(made.functions.size());
        expression body;
        used.emit(body, emitter(what, operands));
        builder.function(type, {p[0], p[1], p[2], what.result, test::i32}, body, std::to_string(number));
        std::string name;
        for (const operand& each : operands) {
            name += (name.empty() ? "" : ", ") + std::string(source_names[static_cast<std::size_t>(each.from)]);
        }
        made.functions.push_back(name);
        // Not all pairs of values with each function, but all with some.
        const std::size_t rounds = std::max(values[0].size(), values[1].size());
        for (std::size_t i = 0; i < rounds; ++i) {
            test::probe tried;
            tried.function = number;
            words operand_values{};
            bool is_possible = true;
            for (std::size_t k = 0; k < operands.size(); ++k) {
                const std::uint64_t value =
                    operands[k].from == source::constant
                        ? operands[k].value
                        : values[k][(i + k * (number + i / values[k].size())) % values[k].size()];
                operand_values[k] = value;
                is_possible =
                    is_possible && place(operands[k], what.types[k], value, tried.arguments[k], tried.loaded[k]);
            }
            if (is_possible) {
                tried.expected = used.model(what.model(operand_values), tried.arguments);
                made.probes.push_back(tried);
            }
        }
    }
    made.module = builder.bytes();
    return made;
}

constexpr std::array sources = {source::parameter, source::computed,       source::chain,
                                source::loaded,    source::computed_local, source::loaded_local};

/// One operand, from everywhere.
std::vector<operand> operands_from(std::uint8_t type, bool is_condition) {
    std::vector<operand> result;
    for (const source from : sources) {
        result.push_back({from, 0});
    }
    for (const std::uint64_t value : edge_values(type)) {
        result.push_back({source::constant, value});
    }
    if (is_condition) {
        result.push_back({source::compared, 0});
        result.push_back({source::negated, 0});
    }
    return result;
}

/// Both from everywhere; constants all beside parameters and computed values, and some beside others.
operand_lists operand_pairs(std::uint8_t type) {
    operand_lists result;
    const std::vector<operand> all = operands_from(type, false);
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (std::size_t k = 0; k < all.size(); ++k) {
            const bool is_first = all[i].from == source::constant;
            const bool is_second = all[k].from == source::constant;
            const source beside = is_first ? all[k].from : all[i].from;
            if (is_first == is_second ? !is_first || (i + 5 * k) % 17 == 0
                                      : beside == source::parameter || beside == source::computed || (i + k) % 5 == 0) {
                result.push_back({all[i], all[k]});
            }
        }
    }
    return result;
}

std::uint8_t code_of(wasm::value_type::kind kind) {
    using enum wasm::value_type::kind;
    return kind == i32 ? test::i32 : kind == i64 ? test::i64 : kind == f32 ? test::f32 : test::f64;
}

bool is_number(wasm::value_type::kind kind) {
    using enum wasm::value_type::kind;
    return kind == i32 || kind == i64 || kind == f32 || kind == f64;
}

/// All numeric operators with so many operands.
std::vector<operation> numeric_operators(std::size_t operands) {
    std::vector<operation> result;
    for (const wasm::opcode_info& info : wasm::opcode_infos) {
        if (!info.has_signature || info.immediate != wasm::immediate_kind::none || info.prefix > 0xfc ||
            info.param_count != operands || info.result_count != 1 || !is_number(info.params()[0]) ||
            !is_number(info.results()[0])) {
            continue;
        }
        const test::number_model model = test::model_of(info.name);
        const bool has_model = model != nullptr;
        REQUIRE_MESSAGE(has_model, std::string(info.name));
        operation made;
        made.name = info.name;
        if (info.prefix != 0) {
            made.code.push_back(info.prefix);
        }
        made.code.push_back(static_cast<std::uint8_t>(info.code));
        for (const wasm::value_type::kind type : info.params()) {
            made.types.push_back(code_of(type));
        }
        made.result = code_of(info.results()[0]);
        made.model = [=](const words& values) { return model(values[0], values[1]); };
        made.is_condition = info.name.ends_with("eqz") ||
                            (bytecode::member_in(bytecode::comparison_index,
                                                 wasm::decode_opcode(info.prefix, info.code)) != bytecode::no_member);
        result.push_back(made);
    }
    return result;
}

void run_operators(test::tester& with) {
    for (const operation& what : numeric_operators(2)) {
        const operand_lists functions = operand_pairs(what.types[0]);
        for (const use& used : uses_of(what)) {
            with.run(make_trial(what, used, functions));
        }
    }
    std::vector<operation> unary = numeric_operators(1);
    // Whether a number is not zero is asked of numbers that no comparison made, too.
    unary.push_back({"nothing",
                     {},
                     {test::i32},
                     test::i32,
                     [](const words& values) { return outcome{values[0], {}, false}; },
                     true});
    for (const operation& what : unary) {
        operand_lists functions;
        for (const operand& each : operands_from(what.types[0], what.types[0] == test::i32)) {
            functions.push_back({each});
        }
        for (const use& used : uses_of(what)) {
            with.run(make_trial(what, used, functions));
        }
    }
}

void run_selects(test::tester& with) {
    for (const std::uint8_t type : {test::i32, test::i64, test::f32, test::f64}) {
        const operation what{"select", {0x1b}, {type, type, test::i32}, type, [](const words& values) {
                                 return outcome{
                                     static_cast<std::uint32_t>(values[2]) != 0 ? values[0] : values[1], {}, false};
                             }};
        operand_lists functions;
        std::size_t number = 0;
        for (const std::vector<operand>& pair : operand_pairs(type)) {
            for (const operand& condition : operands_from(test::i32, true)) {
                if (condition.from != source::constant || condition.value == number++ % 2) {
                    functions.push_back({pair[0], pair[1], condition});
                }
            }
        }
        for (const use& used : value_uses(what)) {
            with.run(make_trial(what, used, functions));
        }
    }
}

} // namespace

TEST_CASE("operand forms: all agree, and all come up") {
    test::tester all;
    run_operators(all);
    run_selects(all);
    CHECK(all.failures() == 0);
    CHECK(all.count() > 500'000);
    using enum bytecode::family;
    CHECK(unseen(all, {arithmetic, comparison, branch, branch_unordered, unary, select}) == "");
}

TEST_CASE("operand forms: native code agrees") {
    if (!test::has_backends()) {
        return;
    }
    test::tester all("baseline");
    run_operators(all);
    run_selects(all);
    CHECK(all.failures() == 0);
}
