#pragma once

#include "engines/engines.hpp"
#include "fuzz/targets.hpp"
#include "riser/error.hpp"
#include "riser/module.hpp"
#include "support/wat.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// The text with `by` for each `what`.
[[nodiscard]] inline std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// Functions of one module, which are called in all tiers and modes of memory.
class compared_functions {
public:
    /// \param function from its type on, without parameters
    void add(const std::string& function) {
        text_ += "(func (export \"" + std::to_string(count_++) + "\") " + function + ")\n";
    }
    /// What is seen to differ, or why the module is none; empty where all is well.
    /// \param fields of the module, beside the functions
    [[nodiscard]] std::string difference(const std::string& fields = "") const {
        const std::vector<std::byte> binary = wat("(module " + fields + text_ + ")");
        const auto engine = make_engine("bounds-checking");
        const auto module = riser::module::try_compile(*engine, binary);
        return module ? fuzz::difference(binary) : module.error().what();
    }

private:
    std::string text_;
    int count_ = 0;
};

} // namespace test
