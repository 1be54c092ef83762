// `riser inspect --json`. The members are documented where the option is described.
#include "commands.hpp"
#include "refused.hpp"

#include "riser/core/module/module_state.hpp"
#include "riser/external_type.hpp"
#include "riser/module.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace {

using json = nlohmann::ordered_json;

json name_types(const std::vector<riser::value_type>& types) {
    json all = json::array();
    for (const riser::value_type type : types) {
        all.push_back(to_string(type));
    }
    return all;
}

template <class T>
json or_null(const std::optional<T>& value) {
    return value ? json(*value) : json(nullptr);
}

template <class Limits>
void put_limits(json& to, const Limits& limits, bool is_64) {
    to["min"] = limits.min;
    to["max"] = or_null(limits.max);
    to["is_64"] = is_64;
}

void put_type(json& to, const riser::external_type& type) {
    switch (type.kind) {
    case riser::external_kind::function: to["kind"] = "function"; break;
    case riser::external_kind::table: to["kind"] = "table"; break;
    case riser::external_kind::memory: to["kind"] = "memory"; break;
    case riser::external_kind::global: to["kind"] = "global"; break;
    case riser::external_kind::tag: to["kind"] = "tag"; break;
    }
    to["type"] = to_string(type);
    switch (type.kind) {
    case riser::external_kind::function:
    case riser::external_kind::tag:
        to["params"] = name_types(type.function.params);
        to["results"] = name_types(type.function.results);
        break;
    case riser::external_kind::table:
        to["element"] = to_string(type.table.element);
        put_limits(to, type.table.limits, type.table.is_64);
        break;
    case riser::external_kind::memory:
        put_limits(to, type.memory.limits, type.memory.is_64);
        to["shared"] = type.memory.is_shared;
        to["page_size"] = std::uint64_t{1} << type.memory.page_size_log2;
        break;
    case riser::external_kind::global:
        to["value"] = to_string(type.global.type);
        to["mutable"] = type.global.is_mutable;
        break;
    }
}

json imports_of(const riser::module& module) {
    json all = json::array();
    for (const riser::import_type& import : module.imports()) {
        json one = {{"module", import.module}, {"name", import.name}};
        put_type(one, import.type);
        all.push_back(std::move(one));
    }
    return all;
}

json exports_of(const riser::module& module) {
    json all = json::array();
    for (const riser::export_type& exported : module.exports()) {
        json one = {{"name", exported.name}};
        put_type(one, exported.type);
        all.push_back(std::move(one));
    }
    return all;
}

json memories_of(const riser::module& module) {
    json all = json::array();
    for (const auto& memory : module.state()->info.memories) {
        riser::external_type type;
        type.kind = riser::external_kind::memory;
        type.memory = memory;
        json one = json::object();
        put_type(one, type);
        all.push_back(std::move(one));
    }
    return all;
}

json custom_sections_of(const riser::module& module) {
    json all = json::array();
    for (const riser::custom_section& section : module.custom_sections()) {
        all.push_back({{"name", section.name}, {"bytes", section.bytes.size()}});
    }
    return all;
}

json refused_functions_of(const riser::module& module) {
    json all = json::array();
    for (const cli::refused_function& each : cli::refused_functions(module)) {
        all.push_back({{"index", each.index},
                       {"name", each.name.empty() ? json(nullptr) : json(each.name)},
                       {"reason", each.reason},
                       {"offset", each.offset}});
    }
    return all;
}

json count(std::size_t all, std::uint32_t imported) { return {{"defined", all - imported}, {"imported", imported}}; }

void put_summary(json& to, const riser::module& module) {
    const riser::core::wasm::module_info& info = module.state()->info;
    to["bytes"] = module.bytes().size();
    to["name"] = module.name().empty() ? json(nullptr) : json(module.name());
    to["types"] = info.types.size();
    to["functions"] = count(info.functions.size(), info.imported_functions);
    to["tables"] = count(info.tables.size(), info.imported_tables);
    to["globals"] = count(info.globals.size(), info.imported_globals);
    to["tags"] = count(info.tags.size(), info.imported_tags);
    to["code_bytes"] = module.statistics().wasm_bytes;
    to["segments"] = {{"element", info.elements.size()}, {"data", info.data.size()}};
    to["start"] = or_null(info.start);
    to["memories"] = memories_of(module);
    to["custom_sections"] = custom_sections_of(module);
    to["refused_functions"] = refused_functions_of(module);
}

} // namespace

std::string cli::to_json(const riser::module& module, const inspect_options& options) {
    const bool has_all = !options.has_imports && !options.has_exports;
    json all = {{"file", options.file}};
    if (has_all) {
        put_summary(all, module);
    }
    if (has_all || options.has_imports) {
        all["imports"] = imports_of(module);
    }
    if (has_all || options.has_exports) {
        all["exports"] = exports_of(module);
    }
    // What is no UTF-8 (a file's name, or one in a name section) has replacement characters in its place.
    return all.dump(2, ' ', false, json::error_handler_t::replace);
}
