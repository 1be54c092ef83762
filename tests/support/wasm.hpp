#pragma once

#include "engines/engines.hpp"
#include "riser/default_engine.hpp"
#include "riser/linker.hpp"
#include "riser/module.hpp"
#include "riser/store.hpp"
#include "support/wat.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace test {

/// Bytes as hexadecimal digits, where no text has them: a test states its modules as text elsewhere (see wat.hpp).
[[nodiscard]] inline std::vector<std::byte> wasm(std::string_view digits) {
    const auto value = [](char digit) { return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10); };
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(value(digits[i]) << 4U | value(digits[i + 1])));
    }
    return bytes;
}

/// An engine, a linker and a store, for tests in which there is one of each.
struct world {
    explicit world(const riser::store_limits& limits = {}, const std::string& tier = default_tier())
        : engine(make_engine("adaptive", tier)), store(*engine, limits) {}

    [[nodiscard]] riser::module compile(std::string_view text) const {
        return riser::module::compile(*engine, wat(text));
    }
    [[nodiscard]] riser::instance instantiate(std::string_view text, const riser::imports& imports = {}) {
        return linker.instantiate(store, compile(text), imports);
    }

    engine_pointer engine;
    riser::linker linker{*engine};
    riser::store store;
};

} // namespace test
