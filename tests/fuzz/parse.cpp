#include "targets.hpp"

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"
#include "riser/core/wasm/module_info.hpp"
#include "riser/wat/parse.hpp"

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace {

/// Text has no say in what the bytes of `(module binary …)` are.
bool has_bytes_of_its_own(std::string_view text) { return text.find("binary") != std::string_view::npos; }

} // namespace

void fuzz::parse(std::span<const std::byte> bytes) {
    namespace wasm = riser::core::wasm;
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const auto binary = riser::wat::try_to_binary(text);
    if (!binary) {
        const auto error = binary.error().as<riser::wat::parse_error>();
        if (!error || error->description().empty() || error->where().offset > text.size()) {
            std::fprintf(stderr, "refused without a message or place: \"%s\"\n", binary.error().what());
            std::abort();
        }
        return;
    }
    wasm::diagnostics diagnostics;
    wasm::module_info module;
    const bool accepted =
        wasm::decode_module(*binary, module, diagnostics) && wasm::validate_bodies(module, *binary, diagnostics);
    if (!accepted && diagnostics.first().kind == wasm::diagnostic_kind::malformed && !has_bytes_of_its_own(text)) {
        std::fprintf(stderr, "made what is no module: \"%s\" at %zu\n", diagnostics.first().message.c_str(),
                     diagnostics.first().offset);
        std::abort();
    }
}
