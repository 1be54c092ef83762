#include "targets.hpp"

#include "riser/core/wasm/diagnostic.hpp"
#include "riser/core/wasm/module/module_decoder.hpp"
#include "riser/core/wasm/module/validate_module.hpp"
#include "riser/core/wasm/module_info.hpp"

#include <cstdio>
#include <cstdlib>

void fuzz::decode(std::span<const std::byte> bytes) {
    namespace wasm = riser::core::wasm;
    wasm::diagnostics diagnostics;
    wasm::module_info module;
    const bool accepted =
        wasm::decode_module(bytes, module, diagnostics) && wasm::validate_bodies(module, bytes, diagnostics);
    if (accepted != diagnostics.ok()) {
        std::puts(accepted ? "accepted, but with a diagnostic" : "refused without a diagnostic");
        std::abort();
    }
    if (!accepted && (diagnostics.first().message.empty() || diagnostics.first().offset > bytes.size())) {
        std::fprintf(stderr, "refused at %zu of %zu bytes: \"%s\"\n", diagnostics.first().offset, bytes.size(),
                     diagnostics.first().message.c_str());
        std::abort();
    }
}
