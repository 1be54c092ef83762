// `riser inspect`: validates a module and prints what is in it.
#include "commands.hpp"
#include "load.hpp"
#include "module_file.hpp"
#include "refused.hpp"
#include "report.hpp"

#include "riser/core/module/module_state.hpp"
#include "riser/module.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace {

void print_count(const char* what, std::size_t all, std::uint32_t imported) {
    if (all != 0) {
        std::printf("  %-10s %zu defined, %u imported\n", what, all - imported, static_cast<unsigned>(imported));
    }
}

void print_summary(const std::string& file, const riser::module& module) {
    const riser::core::wasm::module_info& info = module.state()->info;
    std::printf("%s: a valid module of %zu bytes", file.c_str(), module.bytes().size());
    if (!module.name().empty()) {
        std::printf(", %s", cli::quoted(module.name()).c_str());
    }
    std::printf("\n");
    std::printf("  %-10s %zu\n", "types", info.types.size());
    print_count("functions", info.functions.size(), info.imported_functions);
    print_count("tables", info.tables.size(), info.imported_tables);
    print_count("memories", info.memories.size(), info.imported_memories);
    print_count("globals", info.globals.size(), info.imported_globals);
    print_count("tags", info.tags.size(), info.imported_tags);
    std::printf("  %-10s %zu bytes\n", "code", module.statistics().wasm_bytes);
    std::printf("  %-10s %zu element, %zu data\n", "segments", info.elements.size(), info.data.size());
    if (info.start) {
        std::printf("  %-10s function %u\n", "start", static_cast<unsigned>(*info.start));
    }
}

void print_imports(const riser::module& module) {
    const auto imports = module.imports();
    std::printf("imports: %zu\n", imports.size());
    for (const riser::import_type& import : imports) {
        std::printf("  %s.%s %s\n", cli::quoted(import.module).c_str(), cli::quoted(import.name).c_str(),
                    to_string(import.type).c_str());
    }
}

void print_exports(const riser::module& module) {
    const auto exports = module.exports();
    std::printf("exports: %zu\n", exports.size());
    for (const riser::export_type& exported : exports) {
        std::printf("  %s %s\n", cli::quoted(exported.name).c_str(), to_string(exported.type).c_str());
    }
}

void print_memories(const riser::module& module) {
    const auto& memories = module.state()->info.memories;
    if (memories.empty()) {
        return;
    }
    std::printf("memories: %zu\n", memories.size());
    for (std::size_t i = 0; i < memories.size(); ++i) {
        riser::external_type type;
        type.kind = riser::external_kind::memory;
        type.memory = memories[i];
        std::printf("  %zu %s\n", i, to_string(type).c_str());
    }
}

void print_custom_sections(const riser::module& module) {
    const auto sections = module.custom_sections();
    std::printf("custom sections: %zu\n", sections.size());
    for (const riser::custom_section& section : sections) {
        std::printf("  %s %zu bytes\n", cli::quoted(section.name).c_str(), section.bytes.size());
    }
}

void print_refused_functions(const cli::loaded_module& loaded) {
    constexpr std::size_t most = 20;
    const std::vector<cli::refused_function> refused = cli::refused_functions(loaded.module);
    const std::size_t shown = std::min(refused.size(), most);
    std::vector<std::size_t> offsets;
    for (std::size_t i = 0; i < shown; ++i) {
        offsets.push_back(refused[i].offset);
    }
    const auto places = cli::find_in_text(loaded.source.text(), offsets);
    std::string text;
    for (std::size_t i = 0; i < shown; ++i) {
        const cli::refused_function& each = refused[i];
        text += "  function " + std::to_string(each.index) +
                (each.name.empty() ? "" : " (" + cli::quoted(each.name) + ")") + ": " + each.reason + ", at " +
                (places[i] ? std::to_string(places[i]->line) + ":" + std::to_string(places[i]->column)
                           : "byte " + std::to_string(each.offset)) +
                "\n";
    }
    if (!refused.empty()) {
        text += shown < refused.size() ? "  and " + std::to_string(refused.size() - shown) + " more\n" : "";
        std::printf("functions that trap when they are called: %zu\n%s", refused.size(), text.c_str());
    }
}

} // namespace

int cli::inspect(const inspect_options& options) {
    // Nothing runs, so that the engine that reserves nothing does.
    const engine_pointer engine = make_engine(memory_choice::bounds_checking,
                                              options.has_native ? tier_choice::baseline : tier_choice::interpreter);
    const std::optional<loaded_module> loaded = load(*engine, options.file, riser::compile_mode::lazy_translation);
    if (!loaded) {
        return exit_code::failure;
    }
    const riser::module& module = loaded->module;
    if (options.has_bytecode) {
        return print_bytecode(module, options.function, options.has_native);
    }
    if (options.is_json) {
        std::printf("%s\n", to_json(module, options).c_str());
        return exit_code::success;
    }
    const bool has_all = !options.has_imports && !options.has_exports;
    if (has_all) {
        print_summary(options.file, module);
    }
    if (has_all || options.has_imports) {
        print_imports(module);
    }
    if (has_all || options.has_exports) {
        print_exports(module);
    }
    if (has_all) {
        print_memories(module);
        print_custom_sections(module);
        print_refused_functions(*loaded);
    }
    return exit_code::success;
}
