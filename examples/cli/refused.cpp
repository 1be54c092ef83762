#include "refused.hpp"

#include "riser/core/bytecode/offsets.hpp"
#include "riser/core/module/module_state.hpp"

std::vector<cli::refused_function> cli::refused_functions(const riser::module& module) {
    namespace bytecode = riser::core::bytecode;
    const riser::core::runtime::module_state& state = *module.state();
    std::vector<refused_function> refused;
    for (auto i = state.info.imported_functions; i < state.info.functions.size(); ++i) {
        bytecode::annotated_code code;
        riser::core::wasm::diagnostics diagnostics;
        if (!bytecode::translate(state.info, state.bytes, i, code, diagnostics, false)) {
            refused.push_back({i, module.function_name(i), diagnostics.first().message, diagnostics.first().offset});
        }
    }
    return refused;
}
