// Symbolic differentiation: expressions are trees of shared nodes with virtual functions; each is built, differentiated,
// simplified, printed to a std::string and evaluated, and subtrees are counted in a std::unordered_map.
#include "guest.h"

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

class expression;
using node = std::shared_ptr<const expression>;

class expression {
public:
    virtual ~expression() = default;
    virtual double evaluate(double x) const = 0;
    virtual node derivative() const = 0;
    virtual void print(std::string& out) const = 0;
    virtual const double* as_constant() const { return nullptr; }
};

node constant(double value);
node sum(node left, node right);
node product(node left, node right);
node inverse(node of);

class constant_node final : public expression {
public:
    explicit constant_node(double is) : value(is) {}
    double evaluate(double) const override { return value; }
    node derivative() const override { return constant(0); }
    void print(std::string& out) const override {
        int64_t eighths = static_cast<int64_t>(value * 8);
        if (eighths < 0) {
            out += '-';
            eighths = -eighths;
        }
        std::string digits;
        for (; eighths > 0; eighths /= 10) {
            digits.insert(digits.begin(), static_cast<char>('0' + eighths % 10));
        }
        out += digits.empty() ? "0" : digits;
    }
    const double* as_constant() const override { return &value; }

private:
    double value;
};

class variable_node final : public expression {
public:
    double evaluate(double x) const override { return x; }
    node derivative() const override { return constant(1); }
    void print(std::string& out) const override { out += 'x'; }
};

class binary_node : public expression {
public:
    binary_node(node first, node second, char sign) : left(std::move(first)), right(std::move(second)), name(sign) {}
    void print(std::string& out) const override {
        out += '(';
        left->print(out);
        out += name;
        right->print(out);
        out += ')';
    }

protected:
    node left, right;

private:
    char name;
};

class sum_node final : public binary_node {
public:
    sum_node(node first, node second) : binary_node(std::move(first), std::move(second), '+') {}
    double evaluate(double x) const override { return left->evaluate(x) + right->evaluate(x); }
    node derivative() const override { return sum(left->derivative(), right->derivative()); }
};

class product_node final : public binary_node {
public:
    product_node(node first, node second) : binary_node(std::move(first), std::move(second), '*') {}
    double evaluate(double x) const override { return left->evaluate(x) * right->evaluate(x); }
    node derivative() const override {
        return sum(product(left->derivative(), right), product(left, right->derivative()));
    }
};

// 1 / (1 + u * u), which no x makes infinite.
class inverse_node final : public expression {
public:
    explicit inverse_node(node of) : inner(std::move(of)) {}
    double evaluate(double x) const override {
        double u = inner->evaluate(x);
        return 1 / (1 + u * u);
    }
    node derivative() const override {
        node self = inverse(inner);
        return product(constant(-2), product(product(inner, inner->derivative()), product(self, self)));
    }
    void print(std::string& out) const override {
        out += "inv(";
        inner->print(out);
        out += ')';
    }

private:
    node inner;
};

bool is_constant(const node& of, double value) {
    const double* known = of->as_constant();
    return known && *known == value;
}

// The functions below simplify as they build.
node constant(double value) { return std::make_shared<constant_node>(value); }

node sum(node left, node right) {
    if (left->as_constant() && right->as_constant()) {
        return constant(*left->as_constant() + *right->as_constant());
    }
    if (is_constant(left, 0)) {
        return right;
    }
    if (is_constant(right, 0)) {
        return left;
    }
    return std::make_shared<sum_node>(std::move(left), std::move(right));
}

node product(node left, node right) {
    if (left->as_constant() && right->as_constant()) {
        return constant(*left->as_constant() * *right->as_constant());
    }
    if (is_constant(left, 0) || is_constant(right, 0)) {
        return constant(0);
    }
    if (is_constant(left, 1)) {
        return right;
    }
    if (is_constant(right, 1)) {
        return left;
    }
    return std::make_shared<product_node>(std::move(left), std::move(right));
}

node inverse(node of) { return std::make_shared<inverse_node>(std::move(of)); }

node generate(uint64_t* random, int32_t depth) {
    if (depth == 0) {
        return random_below(random, 3) ? std::make_shared<variable_node>()
                                       : constant(random_below(random, 17) / 8.0 - 1);
    }
    node left = generate(random, depth - 1);
    switch (random_below(random, 5)) {
    case 0: return inverse(left);
    case 1:
    case 2: return product(left, generate(random, depth - 1));
    default: return sum(left, generate(random, depth - 1));
    }
}

// How often the most frequent word of a text occurs; words are what lies between parentheses and operators.
int32_t most_frequent(const std::string& text) {
    std::unordered_map<std::string, int32_t> counts;
    int32_t most = 0;
    for (std::size_t begin = 0; begin < text.size();) {
        std::size_t end = text.find_first_of("()", begin);
        end = end == std::string::npos ? text.size() : end;
        int32_t count = ++counts[text.substr(begin, end - begin)];
        most = count > most ? count : most;
        begin = end + 1;
    }
    return most;
}

} // namespace

// n: how many expressions.
int64_t run(int32_t n) {
    uint64_t random = 59, checksum = 0;
    for (int32_t i = 0; i < n; ++i) {
        node function = generate(&random, 6);
        node first = function->derivative();
        node second = first->derivative();
        std::string printed;
        first->print(printed);
        checksum = checksum_add(checksum, printed.size());
        checksum = checksum_add(checksum, static_cast<uint64_t>(most_frequent(printed)));
        for (double x = -1; x <= 1; x += 0.25) {
            double value = function->evaluate(x) + first->evaluate(x) + second->evaluate(x);
            checksum = checksum_add(checksum, bits_of(value));
        }
    }
    return static_cast<int64_t>(checksum);
}
