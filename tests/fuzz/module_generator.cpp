#include "module_generator.hpp"

#include "support/module_builder.hpp"

#include "riser/core/wasm/opcode.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using test::expression;
using test::f32;
using test::f64;
using test::i32;
using test::i64;

constexpr std::uint8_t funcref = 0x70;
constexpr std::array value_types = {i32, i64, f32, f64, funcref};

using type_list = std::vector<std::uint8_t>;

struct signature {
    type_list parameters;
    type_list results;
    bool operator==(const signature&) const = default;
};

/// Numbers that follow from a seed (SplitMix64).
class choices {
public:
    explicit choices(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
        z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9;
        z = (z ^ z >> 27U) * 0x94d049bb133111eb;
        return z ^ z >> 31U;
    }
    std::uint32_t below(std::size_t end) { return static_cast<std::uint32_t>(bits() % end); }
    bool percent(unsigned chance) { return below(100) < chance; }
    template <class List>
    decltype(auto) of(const List& list) {
        return list[below(list.size())];
    }
    type_list types(std::size_t most) {
        type_list made(below(most + 1));
        for (std::uint8_t& each : made) {
            each = of(value_types);
        }
        return made;
    }

private:
    std::uint64_t state_;
};

/// What functions may refer to.
struct module_parts {
    std::vector<signature> types;
    std::vector<std::uint32_t> functions; ///< type of each; the first is imported
    std::vector<std::uint32_t> table;     ///< functions that it begins with
    bool has_long_addresses = false;

    std::uint32_t type(const signature& wanted) {
        const auto found = std::find(types.begin(), types.end(), wanted);
        if (found != types.end()) {
            return static_cast<std::uint32_t>(found - types.begin());
        }
        types.push_back(wanted);
        return static_cast<std::uint32_t>(types.size() - 1);
    }
};
constexpr std::uint32_t globals_per_type = 2;
constexpr std::uint32_t global_of_sum = globals_per_type * value_types.size(); ///< to which observed values are added
constexpr std::uint32_t table_size = 16;
constexpr std::uint32_t segment_size = 64;

bool is_number(riser::core::wasm::value_type::kind kind) {
    using enum riser::core::wasm::value_type::kind;
    return kind == i32 || kind == i64 || kind == f32 || kind == f64;
}
std::uint8_t code_of(riser::core::wasm::value_type::kind kind) {
    using enum riser::core::wasm::value_type::kind;
    return kind == i32 ? ::i32 : kind == i64 ? ::i64 : kind == f32 ? ::f32 : ::f64;
}

/// An operator whose operands follow from its code.
struct plain_operator {
    std::vector<std::uint8_t> code;
    type_list operands;
    type_list results;
    bool shows_sign = false; ///< that of its last operand, also of a NaN
    unsigned align_log2 = 0; ///< of loads and stores
};

/// \param immediate that all of them have
std::vector<plain_operator> plain_operators(riser::core::wasm::immediate_kind immediate) {
    std::vector<plain_operator> made;
    for (const auto& info : riser::core::wasm::opcode_infos) {
        const bool is_access = immediate == riser::core::wasm::immediate_kind::memarg;
        const auto params = is_access && info.param_count != 0 ? info.params().subspan(1) : info.params();
        if (!info.has_signature || info.immediate != immediate || info.prefix > 0xfc || info.param_count == 0 ||
            !std::all_of(params.begin(), params.end(), is_number) ||
            !std::all_of(info.results().begin(), info.results().end(), is_number)) {
            continue;
        }
        plain_operator each;
        if (info.prefix != 0) {
            each.code.push_back(info.prefix);
        }
        each.code.push_back(static_cast<std::uint8_t>(info.code));
        for (const auto kind : params) {
            each.operands.push_back(code_of(kind));
        }
        for (const auto kind : info.results()) {
            each.results.push_back(code_of(kind));
        }
        each.shows_sign = info.name.ends_with("copysign") || info.name.find("reinterpret_f") != std::string_view::npos;
        each.align_log2 = info.width_log2;
        made.push_back(each);
    }
    return made;
}

/// Writes one function: at each step an operator, with operands that are there or are made.
class function_generator {
public:
    function_generator(choices& chosen, module_parts& parts, const signature& type)
        : choose_(chosen), parts_(parts), type_(type), locals_(type.parameters) {
        const bool has_many = choose_.percent(15);
        for (const std::uint8_t each : value_types) {
            declare(each, 1 + choose_.below(has_many ? 60 : 5));
        }
        for (std::uint32_t& each : addresses_) {
            each = declare(address_type(), 1);
        }
        for (std::size_t i = 0; i < canonical_.size(); ++i) {
            canonical_[i] = declare(value_types[i], 1);
        }
        steps_ = choose_.percent(10) ? 300 : 10 + choose_.below(70);
    }

    /// \returns the locals that are not parameters, in `locals`.
    expression write(type_list& locals) {
        for (const std::uint32_t each : addresses_) {
            move_address(each);
        }
        labels_.push_back({type_.results, 0});
        if (write_steps(0)) {
            observe_locals();
        }
        settle(0, type_.results);
        locals.assign(locals_.begin() + static_cast<std::ptrdiff_t>(type_.parameters.size()), locals_.end());
        return std::move(code_);
    }

private:
    struct label {
        type_list types; ///< that a branch takes
        std::size_t height;
    };
    static constexpr std::size_t most_depth = 6;
    static constexpr std::size_t most_waiting = 90;

    std::uint32_t declare(std::uint8_t type, std::uint32_t count) {
        locals_.insert(locals_.end(), count, type);
        return static_cast<std::uint32_t>(locals_.size() - 1);
    }
    std::uint32_t local(std::uint8_t type) {
        std::uint32_t index = 0;
        do {
            index = choose_.below(locals_.size());
        } while (locals_[index] != type || index >= addresses_[0]);
        return index;
    }
    std::uint32_t global(std::uint8_t type) {
        const auto at = std::find(value_types.begin(), value_types.end(), type) - value_types.begin();
        return static_cast<std::uint32_t>(at) * globals_per_type + choose_.below(globals_per_type);
    }
    [[nodiscard]] std::uint8_t address_type() const { return parts_.has_long_addresses ? i64 : i32; }

    // Values

    void push(std::uint8_t type) { stack_.push_back(type); }
    void pop(std::size_t count) { stack_.resize(stack_.size() - count); }

    void constant(std::uint8_t type) {
        static constexpr std::array<std::uint64_t, 20> integers = {0,
                                                                   1,
                                                                   2,
                                                                   3,
                                                                   8,
                                                                   31,
                                                                   32,
                                                                   63,
                                                                   64,
                                                                   65,
                                                                   5,
                                                                   9,
                                                                   255,
                                                                   65535,
                                                                   0x7fffffff,
                                                                   0x80000000,
                                                                   0xffffffff,
                                                                   0x7fffffffffffffff,
                                                                   0x8000000000000000,
                                                                   ~std::uint64_t{0}};
        static constexpr std::array<std::uint32_t, 14> floats = {
            0,          0x80000000, 0x3f800000, 0xbf800000, 0x3fc00000, 0x40200000, 0x7f800000,
            0xff800000, 0x7fc00000, 1,          0x4f000000, 0xcf000000, 0x5f000000, 0xdf800000};
        static constexpr std::array<std::uint64_t, 14> doubles = {0,
                                                                  0x8000000000000000,
                                                                  0x3ff0000000000000,
                                                                  0xbff0000000000000,
                                                                  0x3ff8000000000000,
                                                                  0x4004000000000000,
                                                                  0x7ff0000000000000,
                                                                  0xfff0000000000000,
                                                                  0x7ff8000000000000,
                                                                  1,
                                                                  0x41dfffffffc00000,
                                                                  0xc1e0000000000000,
                                                                  0x43e0000000000000,
                                                                  0xc3e0000000200000};
        const bool is_any = choose_.percent(20);
        if (type == funcref) {
            choose_.percent(50) ? code_.op({0xd0, funcref}) : code_.op(0xd2, choose_.below(parts_.functions.size()));
        } else if (type == f32) {
            code_.constant(type, is_any ? choose_.bits() & 0x7f7fffffU : choose_.of(floats));
        } else if (type == f64) {
            code_.constant(type, is_any ? choose_.bits() & 0xffefffffffffffffU : choose_.of(doubles));
        } else {
            code_.constant(type, is_any ? choose_.bits() : choose_.of(integers));
        }
    }
    void leaf(std::uint8_t type) {
        const std::uint32_t chance = choose_.below(100);
        if (chance < 65) {
            code_.get(local(type));
        } else if (chance < 90) {
            constant(type);
        } else {
            code_.op(0x23, global(type));
        }
        push(type);
    }
    /// The top of the stack is of these types, in part those that wait there.
    void want(const type_list& types) {
        const std::size_t there = stack_.size() - labels_.back().height;
        for (std::size_t count = std::min(there, types.size());; --count) {
            if (std::equal(types.begin(), types.begin() + static_cast<std::ptrdiff_t>(count),
                           stack_.end() - static_cast<std::ptrdiff_t>(count))) {
                for (; count < types.size(); ++count) {
                    leaf(types[count]);
                }
                return;
            }
        }
    }
    static type_list joined(type_list types, std::initializer_list<std::uint8_t> more) {
        types.insert(types.end(), more);
        return types;
    }
    /// The top of the stack, if it is a NaN, is a certain one.
    void make_canonical() {
        const std::uint8_t type = stack_.back();
        if (type == f32 || type == f64) {
            const std::uint32_t at = canonical_[type == f32 ? 2 : 3];
            code_.tee(at).constant(type, type == f32 ? 0x7fc00000 : 0x7ff8000000000000);
            code_.get(at).get(at).op({type == f32 ? std::uint8_t{0x5b} : std::uint8_t{0x61}, 0x1b});
        }
    }
    /// Takes the top of the stack: it counts in what is seen at the end.
    void observe() {
        make_canonical();
        switch (stack_.back()) {
        case i32: code_.op({0xad}); break;
        case f32: code_.op({0xbc, 0xad}); break;
        case f64: code_.op({0xbd}); break;
        case funcref: code_.op({0xd1, 0xad}); break;
        default: break;
        }
        constexpr std::uint64_t odd = 0x9e3779b97f4a7c15; // so that no bit is lost
        code_.op(0x23, global_of_sum).op({0x85}).constant_64(odd).op({0x7e}).op(0x24, global_of_sum);
        pop(1);
    }
    void observe_locals() {
        for (std::uint32_t i = 0; i < 12; ++i) {
            const std::uint32_t index = choose_.below(addresses_[0]);
            code_.get(index);
            push(locals_[index]);
            observe();
        }
    }
    void remove_top() {
        const std::uint32_t chance = choose_.below(100);
        if (chance < 50) {
            return observe();
        }
        chance < 65 ? code_.op({0x1a}) : code_.set(local(stack_.back()));
        pop(1);
    }
    /// Exactly these types are above `height`.
    void settle(std::size_t height, const type_list& types) {
        std::size_t same = 0;
        while (same < types.size() && height + same < stack_.size() && stack_[height + same] == types[same]) {
            ++same;
        }
        while (stack_.size() > height + same) {
            remove_top();
        }
        for (; same < types.size(); ++same) {
            leaf(types[same]);
        }
    }
    void call_results(const signature& type) {
        pop(type.parameters.size());
        stack_.insert(stack_.end(), type.results.begin(), type.results.end());
    }

    // Steps. Each returns whether what follows can be reached.

    bool write_steps(std::size_t height) {
        while (steps_ > 0) {
            --steps_;
            if (stack_.size() - height > most_waiting) {
                remove_top();
            } else if (!step()) {
                stack_.resize(height);
                return false;
            }
            if (labels_.size() > 1 && choose_.percent(8)) {
                break;
            }
        }
        return true;
    }
    bool step() {
        const std::uint32_t chance = is_about_memory_ && choose_.percent(50) ? 0 : choose_.below(100);
        if (chance < 3) {
            choose_.percent(20) ? move_address(choose_.of(addresses_)) : access();
        } else if (chance < 14) {
            leaf(choose_.of(value_types));
        } else if (chance < 44) {
            operate();
        } else if (chance < 58) {
            access();
        } else if (chance < 67) {
            set();
        } else if (chance < 70) {
            rename();
        } else if (chance < 74) {
            select();
        } else if (chance < 84) {
            structured();
        } else if (chance < 92) {
            return branch();
        } else if (chance < 97) {
            return call();
        } else {
            bulk();
        }
        return true;
    }

    void operate() {
        static const std::vector<plain_operator> all = plain_operators(riser::core::wasm::immediate_kind::none);
        const plain_operator& chosen = choose_.of(all);
        want(chosen.operands);
        if (chosen.shows_sign) {
            make_canonical();
        }
        for (const std::uint8_t byte : chosen.code) {
            code_.op({byte});
        }
        pop(chosen.operands.size());
        stack_.insert(stack_.end(), chosen.results.begin(), chosen.results.end());
    }
    void set() {
        const std::uint8_t type = stack_.size() > labels_.back().height ? stack_.back() : choose_.of(value_types);
        want({type});
        const std::uint32_t chance = choose_.below(100);
        if (chance < 25) {
            code_.tee(local(type));
            return;
        }
        if (chance < 80) {
            code_.set(local(type));
        } else {
            make_canonical();
            code_.op(0x24, global(type));
        }
        pop(1);
    }
    /// Locals get other registers, perhaps on one way of two, and while operands have their old values.
    void rename() {
        struct arithmetic {
            std::uint8_t type;
            std::array<std::uint8_t, 2> codes; ///< of addition and multiplication
        };
        static constexpr std::array<arithmetic, 4> all = {
            {{i32, {0x6a, 0x6c}}, {i64, {0x7c, 0x7e}}, {f32, {0x92, 0x94}}, {f64, {0xa0, 0xa2}}}};
        const bool has_block = choose_.percent(50);
        const arithmetic& of = choose_.of(all);
        std::vector<std::uint32_t> locals(1 + choose_.below(4));
        for (std::uint32_t& each : locals) {
            each = local(of.type);
            if (choose_.percent(40)) {
                code_.get(each);
                push(of.type);
            }
        }
        if (has_block) {
            code_.op({0x02, 0x40});
            leaf(i32);
            code_.op({0x0d, 0});
            pop(1);
        }
        for (const std::uint32_t each : locals) {
            code_.get(choose_.percent(50) ? each : local(of.type));
            for (std::uint32_t i = choose_.below(2); i < 2; ++i) {
                constant(of.type);
                code_.op({choose_.of(of.codes)});
            }
            code_.set(each);
        }
        if (has_block) {
            code_.op({0x0b});
        }
    }
    void select() {
        const std::uint8_t type = choose_.of(value_types);
        want({type, type, i32});
        type == funcref || choose_.percent(20) ? code_.op({0x1c, 1, type}) : code_.op({0x1b});
        pop(2);
    }

    // Memory

    /// Mostly within the first page, and often where an access has been before.
    void address() {
        const std::uint8_t type = address_type();
        const std::uint32_t chance = choose_.below(100);
        if (chance < (is_about_memory_ ? 80U : 40U)) {
            code_.get(choose_.of(addresses_));
        } else if (chance < 50) {
            code_.constant(type, choose_.percent(95) ? choose_.below(65'000) : choose_.bits());
        } else {
            leaf(type), pop(1);
            if (choose_.percent(97)) {
                code_.constant(type, choose_.percent(50) ? 0xfff : 0xff00);
                code_.op({type == i32 ? std::uint8_t{0x71} : std::uint8_t{0x83}});
            }
        }
        push(type);
    }
    void access() {
        static const std::vector<plain_operator> all = plain_operators(riser::core::wasm::immediate_kind::memarg);
        const plain_operator& chosen = choose_.of(all);
        address();
        for (const std::uint8_t type : chosen.operands) {
            leaf(type);
            make_canonical();
        }
        static constexpr std::array<std::uint64_t, 6> near = {0, 0, 1, 4, 8, 100};
        static constexpr std::array<std::uint64_t, 4> far = {60'000, 65'536, 0x7fffffff, 0xffff0000};
        code_.op({chosen.code[0]}).unsigned_number(chosen.align_log2);
        code_.unsigned_number(choose_.percent(97) ? choose_.of(near) : choose_.of(far));
        pop(1 + chosen.operands.size());
        stack_.insert(stack_.end(), chosen.results.begin(), chosen.results.end());
    }
    /// Rarely far behind the end.
    void move_address(std::uint32_t local) {
        const std::uint32_t chance = choose_.below(100);
        code_.constant(address_type(), chance < 50   ? choose_.below(65'000)
                                       : chance < 80 ? 65'400 + choose_.below(150)
                                       : chance < 95 ? choose_.below(200'000)
                                                     : choose_.bits());
        code_.set(local);
    }
    void small(std::uint8_t type, std::uint32_t end) {
        code_.constant(type, choose_.below(end));
        push(type);
    }
    void bulk() {
        const std::uint8_t address = address_type();
        const std::size_t height = stack_.size();
        const auto operands = [&](std::initializer_list<std::uint8_t> types, std::uint32_t end) {
            for (const std::uint8_t type : types) {
                small(type, end);
            }
        };
        std::uint8_t result = 0;
        switch (choose_.below(15)) {
        case 0: code_.op({0x3f, 0}), result = address; break;
        case 1: operands({address}, 3), code_.op({0x40, 0}), result = address; break;
        case 2: operands({address, i32, address}, 70'000), code_.op({0xfc, 0x0b, 0}); break;
        case 3: operands({address, address, address}, 40'000), code_.op({0xfc, 0x0a, 0, 0}); break;
        case 4: operands({address, i32, i32}, 40), code_.op({0xfc, 0x08, 1, 0}); break;
        case 5: code_.op({0xfc, 0x09, 1}); break;
        case 6: operands({i32}, table_size + 1), code_.op({0x25, 0}), result = funcref; break;
        case 7: operands({i32}, table_size + 1), leaf(funcref), code_.op({0x26, 0}); break;
        case 8: code_.op({0xfc, 0x10, 0}), result = i32; break;
        case 9: leaf(funcref), operands({i32}, 3), code_.op({0xfc, 0x0f, 0}), result = i32; break;
        case 10: operands({i32}, 12), leaf(funcref), operands({i32}, 8), code_.op({0xfc, 0x11, 0}); break;
        case 11: operands({i32, i32, i32}, 10), code_.op({0xfc, 0x0e, 0, 0}); break;
        case 12: operands({i32, i32, i32}, 4), code_.op({0xfc, 0x0c, 1, 0}); break;
        case 13: code_.op({0xfc, 0x0d, 1}); break;
        default: leaf(funcref), code_.op({0xd1}), result = i32; break;
        }
        stack_.resize(height);
        if (result != 0) {
            push(result);
        }
    }

    // Control

    void block_type(const signature& type) {
        if (type.parameters.empty() && type.results.size() <= 1) {
            code_.op({type.results.empty() ? std::uint8_t{0x40} : type.results[0]});
        } else {
            code_.signed_number(parts_.type(type));
        }
    }
    void structured() {
        if (labels_.size() > most_depth) {
            return;
        }
        signature type{choose_.types(2), choose_.types(2)};
        const std::uint32_t what = choose_.below(3);
        const bool has_else = what != 2 || choose_.percent(70);
        if (!has_else) {
            type.results = type.parameters;
        }
        const std::uint32_t rounds = what == 1 ? declare_counter() : 0;
        want(what == 2 ? joined(type.parameters, {i32}) : type.parameters);
        if (what == 2) {
            pop(1);
        }
        code_.op({static_cast<std::uint8_t>(2 + what)});
        block_type(type);
        const std::size_t height = stack_.size() - type.parameters.size();
        labels_.push_back({what == 1 ? type.parameters : type.results, height});
        if (write_steps(height) && what == 1) {
            go_round(rounds, type.parameters);
        }
        if (what == 2 && has_else) {
            settle(height, type.results);
            code_.op({0x05});
            stack_.resize(height);
            stack_.insert(stack_.end(), type.parameters.begin(), type.parameters.end());
            write_steps(height);
        }
        settle(height, type.results);
        code_.op({0x0b});
        labels_.pop_back();
    }
    std::uint32_t declare_counter() {
        const std::uint32_t counter = declare(i32, 1);
        code_.constant_32(choose_.below(6)).set(counter);
        return counter;
    }
    void go_round(std::uint32_t counter, const type_list& parameters) {
        want(parameters);
        if (choose_.percent(50)) {
            code_.get(counter).constant_32(1).op({0x6b}).tee(counter);
        } else {
            code_.get(counter).constant_32(0xffffffff).op({0x6a}).tee(counter).constant_32(0).op({0x4a});
        }
        code_.op({0x0d, 0});
    }
    bool branch() {
        const std::uint32_t depth = choose_.below(labels_.size());
        const type_list types = labels_[labels_.size() - 1 - depth].types;
        switch (choose_.below(16)) {
        case 0: want(types), code_.op(0x0c, depth); return false;
        case 1: {
            want(joined(types, {i32}));
            const std::uint32_t count = choose_.below(5);
            code_.op(0x0e, count);
            for (std::uint32_t i = 0; i <= count; ++i) {
                const std::uint32_t other = choose_.below(labels_.size());
                code_.unsigned_number(labels_[labels_.size() - 1 - other].types == types ? other : depth);
            }
            return false;
        }
        case 2: want(type_.results), code_.op({0x0f}); return false;
        case 3:
            if (!choose_.percent(20)) {
                return true;
            }
            code_.op({0x00});
            return false;
        case 4: want(joined(types, {funcref})), code_.op(0xd5, depth), remove_top(); return true;
        case 5:
            if (!types.empty() && types.back() == funcref) {
                want(types), code_.op(0xd6, depth), pop(1);
            }
            return true;
        default: want(joined(types, {i32})), code_.op(0x0d, depth), pop(1); return true;
        }
    }
    /// Mostly of a function of that type.
    void table_index(std::uint32_t type) {
        std::vector<std::uint32_t> fitting;
        for (std::uint32_t i = 0; i < parts_.table.size(); ++i) {
            if (parts_.functions[parts_.table[i]] == type) {
                fitting.push_back(i);
            }
        }
        if (!fitting.empty() && choose_.percent(85)) {
            code_.constant_32(choose_.of(fitting));
        } else {
            leaf(i32), pop(1);
            code_.constant_32(table_size - 1).op({0x71});
        }
    }
    bool call() {
        const std::uint32_t callee = choose_.below(parts_.functions.size());
        const std::uint32_t type_index = parts_.functions[callee];
        const signature type = parts_.types[type_index];
        const bool is_tail = type.results == type_.results && choose_.percent(30);
        const std::uint8_t tail = is_tail ? 1 : 0;
        want(type.parameters);
        switch (choose_.below(3)) {
        case 0: code_.op(static_cast<std::uint8_t>(0x10 + 2 * tail), callee); break;
        case 1:
            table_index(type_index);
            code_.op(static_cast<std::uint8_t>(0x11 + 2 * tail), type_index).op({0});
            break;
        default: code_.op(0xd2, callee).op(0x14 + tail, type_index); break;
        }
        call_results(type);
        return !is_tail;
    }

    choices& choose_;
    module_parts& parts_;
    const signature type_;
    type_list locals_;
    std::array<std::uint32_t, 2> addresses_{}; ///< locals for address(), behind those that others use
    std::array<std::uint32_t, 4> canonical_{}; ///< locals for make_canonical
    expression code_;
    type_list stack_;
    std::vector<label> labels_;
    std::uint32_t steps_ = 0;
    const bool is_about_memory_ = choose_.percent(25);
};

/// The sections of a module.
class module_generator {
public:
    explicit module_generator(std::uint64_t seed) : choose_(seed) {}

    std::vector<std::byte> write() {
        parts_.has_long_addresses = choose_.percent(20);
        const std::uint32_t count = 3 + choose_.below(4);
        for (std::uint32_t i = 0; i < count; ++i) {
            const bool is_like_first = i > 1 && choose_.percent(40);
            parts_.functions.push_back(is_like_first ? parts_.functions[1]
                                                     : parts_.type({choose_.types(5), choose_.types(3)}));
        }
        for (std::uint32_t i = 0; i < table_size - 2; ++i) {
            parts_.table.push_back(choose_.below(count));
        }
        test::byte_writer bodies;
        for (std::uint32_t i = 1; i < count; ++i) {
            const signature type = parts_.types[parts_.functions[i]];
            type_list locals;
            const expression code = function_generator(choose_, parts_, type).write(locals);
            test::byte_writer body;
            body.unsigned_number(locals.size());
            for (const std::uint8_t local : locals) {
                body.put({1, local});
            }
            body.put(code).put({0x0b});
            bodies.unsigned_number(body.bytes.size()).put(body);
        }
        module_.put({0, 0x61, 0x73, 0x6d, 1, 0, 0, 0});
        types();
        section(2, 1, test::byte_writer().name("host").name("function").put({0}).unsigned_number(parts_.functions[0]));
        test::byte_writer functions;
        for (std::uint32_t i = 1; i < count; ++i) {
            functions.unsigned_number(parts_.functions[i]);
        }
        section(3, count - 1, functions);
        section(4, 1, test::byte_writer().put({funcref, 1, table_size, 2 * table_size}));
        section(5, 1, test::byte_writer().put({parts_.has_long_addresses ? std::uint8_t{5} : std::uint8_t{1}, 1, 3}));
        globals();
        exports(count);
        elements();
        section(12, 2, {}); // how many segments of data
        section(10, count - 1, bodies);
        data();
        return std::move(module_.bytes);
    }

private:
    void section(std::uint8_t id, std::uint32_t count, const test::byte_writer& items) {
        test::byte_writer content;
        content.unsigned_number(count).put(items);
        module_.put({id}).unsigned_number(content.bytes.size()).put(content);
    }
    void types() {
        test::byte_writer items;
        for (const signature& each : parts_.types) {
            items.put({0x60});
            for (const type_list* list : {&each.parameters, &each.results}) {
                items.unsigned_number(list->size());
                for (const std::uint8_t type : *list) {
                    items.put({type});
                }
            }
        }
        section(1, static_cast<std::uint32_t>(parts_.types.size()), items);
    }
    void globals() {
        test::byte_writer items;
        for (const std::uint8_t type : value_types) {
            for (std::uint32_t i = 0; i < globals_per_type; ++i) {
                items.put({type, 1});
                type == funcref ? items.put({0xd0, funcref})
                                : items.put(expression().constant(type, type == f32   ? 0x40000000 + i
                                                                        : type == f64 ? 0x4000000000000000 + i
                                                                                      : 1000 * i + 7));
                items.put({0x0b});
            }
        }
        items.put({i64, 1, 0x42, 0, 0x0b});
        section(6, global_of_sum + 1, items);
    }
    void exports(std::uint32_t count) {
        test::byte_writer items;
        std::uint32_t exported = 0;
        const auto add = [&](const std::string& name, std::uint8_t kind, std::uint32_t index) {
            items.name(name).put({kind}).unsigned_number(index);
            ++exported;
        };
        for (std::uint32_t i = 0; i < count; ++i) {
            add("f" + std::to_string(i), 0, i);
        }
        add("table", 1, 0);
        add("memory", 2, 0);
        for (std::uint32_t i = 0; i <= global_of_sum; ++i) {
            add("g" + std::to_string(i), 3, i);
        }
        section(7, exported, items);
    }
    /// One that fills most of the table, one for table.init.
    void elements() {
        test::byte_writer items;
        for (const std::uint8_t mode : {std::uint8_t{0}, std::uint8_t{1}}) {
            items.put({mode});
            mode == 0 ? items.put({0x41, 0, 0x0b}) : items.put({0});
            items.unsigned_number(parts_.table.size());
            for (const std::uint32_t function : parts_.table) {
                items.unsigned_number(function);
            }
        }
        section(9, 2, items);
    }
    void data() {
        test::byte_writer items;
        for (const std::uint8_t mode : {std::uint8_t{0}, std::uint8_t{1}}) {
            items.put({mode});
            if (mode == 0) {
                items.put(expression().constant(parts_.has_long_addresses ? i64 : i32, 0)).put({0x0b});
            }
            items.put({segment_size});
            for (std::uint32_t i = 0; i < segment_size; ++i) {
                items.put({static_cast<std::uint8_t>(choose_.bits())});
            }
        }
        section(11, 2, items);
    }

    choices choose_;
    module_parts parts_;
    test::byte_writer module_;
};

} // namespace

std::vector<std::byte> fuzz::generate_module(std::uint64_t seed) { return module_generator(seed).write(); }
