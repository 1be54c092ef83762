#include "targets.hpp"
#include "wat/round_trip/round_trip.hpp"

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/error.hpp"
#include "riser/wat/print.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

namespace {

bool is_valid(std::span<const std::byte> bytes) {
    namespace wasm = riser::core::wasm;
    wasm::diagnostics diagnostics;
    wasm::module_info module;
    return wasm::decode_module(bytes, module, diagnostics) && wasm::validate_bodies(module, bytes, diagnostics);
}

} // namespace

void fuzz::print(std::span<const std::byte> bytes) {
    riser::wat::print_options options;
    options.max_size = std::uint64_t{1} << 24U; // a text that takes seconds tells no more
    const auto text = riser::wat::try_print(bytes, options);
    if (!text) {
        if (text.error().is<riser::resource_error>()) {
            return;
        }
        const riser::compile_error error = text.error().as<riser::compile_error>().value();
        if (error.description().empty() || error.offset() > bytes.size()) {
            std::fprintf(stderr, "refused at %zu of %zu bytes: \"%s\"\n", error.offset(), bytes.size(), error.what());
            std::abort();
        }
        if (error.why() == riser::compile_error::reason::malformed && is_valid(bytes)) {
            std::fprintf(stderr, "valid, but not printed: %s\n", error.what());
            std::abort();
        }
        return;
    }
    std::vector<std::byte> made;
    const std::string why = test::difference_after_round_trip(bytes, *text, made);
    if (!why.empty()) {
        std::fprintf(stderr, "%s\n", why.c_str());
        std::abort();
    }
}
