#include "json_script.hpp"

#include "riser/value.hpp"
#include "riser/wat/script.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace spec {
namespace {

namespace script = riser::wat::script;
using nlohmann::json;
using path = std::filesystem::path;
using riser::heap_type;
using riser::value_type;

// Values.

/// Scripts write integers and the bits of floats in decimal, lanes also with a sign.
std::uint64_t number(const json& written) { return std::strtoull(written.get<std::string>().c_str(), nullptr, 10); }

script::lane lane(const json& written, unsigned bits) {
    using pattern = script::lane::pattern;
    if (written == "nan:canonical") {
        return {pattern::canonical_nan};
    }
    if (written == "nan:arithmetic") {
        return {pattern::arithmetic_nan};
    }
    return {pattern::bits, number(written) & (~std::uint64_t{0} >> (64 - bits))};
}

script::constant vector(const json& written) {
    const std::string type = written.at("lane_type");
    script::constant made;
    made.what = script::constant::kind::vector;
    made.type = type == "f32"   ? riser::types::f32
                : type == "f64" ? riser::types::f64
                : type == "i64" ? riser::types::i64
                                : riser::types::i32;
    const auto bits = static_cast<unsigned>(std::strtoul(type.c_str() + 1, nullptr, 10));
    for (const json& each : written.at("value")) {
        made.lanes.push_back(lane(each, bits));
    }
    return made;
}

/// "externref" and the like; those of null references have no other value.
script::constant reference(const std::string& type, const json& written) {
    static const std::map<std::string, heap_type> heaps{
        {"funcref", heap_type::func},      {"nullfuncref", heap_type::nofunc},
        {"externref", heap_type::extern_}, {"nullexternref", heap_type::noextern},
        {"exnref", heap_type::exn},        {"nullexnref", heap_type::noexn},
        {"anyref", heap_type::any},        {"nullref", heap_type::none},
        {"eqref", heap_type::eq},          {"i31ref", heap_type::i31},
        {"structref", heap_type::struct_}, {"arrayref", heap_type::array},
    };
    script::constant made;
    made.what = script::constant::kind::null;
    if (type == "refnull") {
        return made;
    }
    const auto found = heaps.find(type);
    if (found == heaps.end()) {
        throw std::runtime_error("no such type: " + type);
    }
    made.heap = found->second;
    if (!type.starts_with("null") && written.value("value", "") != "null") {
        made.what = script::constant::kind::reference;
        if (written.contains("value")) {
            made.payload = number(written.at("value"));
        }
    }
    return made;
}

std::vector<script::constant> constants(const json& written);

script::constant constant(const json& written) {
    static const std::map<std::string, value_type> numbers{
        {"i32", riser::types::i32}, {"i64", riser::types::i64}, {"f32", riser::types::f32}, {"f64", riser::types::f64}};
    const std::string type = written.at("type");
    if (type == "v128") {
        return vector(written);
    }
    script::constant made;
    if (type == "either") {
        made.what = script::constant::kind::either;
        made.alternatives = constants(written.at("values"));
        return made;
    }
    const auto found = numbers.find(type);
    if (found == numbers.end()) {
        return reference(type, written);
    }
    made.type = found->second;
    made.lanes = {lane(written.at("value"), type.ends_with("32") ? 32 : 64)};
    return made;
}

std::vector<script::constant> constants(const json& written) {
    std::vector<script::constant> made;
    for (const json& each : written) {
        made.push_back(constant(each));
    }
    return made;
}

// Commands.

std::string read_file(const path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
        throw std::runtime_error("cannot read " + file.string());
    }
    return {std::istreambuf_iterator<char>(stream), {}};
}

script::module_source module(const json& command, const path& folder) {
    script::module_source made;
    made.name = command.value("name", "");
    std::string content = read_file(folder / command.at("filename").get<std::string>());
    if (command.value("module_type", "binary") == "text") {
        made.written = script::module_source::form::quote;
        made.text = std::move(content);
    } else {
        made.written = script::module_source::form::binary;
        const auto* const begin = reinterpret_cast<const std::byte*>(content.data());
        made.bytes.assign(begin, begin + content.size());
    }
    return made;
}

script::action action(const json& command) {
    const json& written = command.at("action");
    script::action made;
    made.what = written.at("type") == "get" ? script::action::kind::get : script::action::kind::invoke;
    made.instance = written.value("module", "");
    made.field = written.at("field");
    if (written.contains("args")) {
        made.arguments = constants(written.at("args"));
    }
    return made;
}

using any_command = script::command::any;
using maker = any_command (*)(const json& command, const path& folder);

template <class Assertion>
any_command about_module(const json& command, const path& folder) {
    return Assertion{module(command, folder), command.at("text")};
}

template <class Assertion>
any_command about_action(const json& command, const path& /*folder*/) {
    return Assertion{action(command), command.at("text")};
}

script::command make_command(const std::string& type, const json& command, const path& folder) {
    static const std::map<std::string, maker> makers{
        {"module", [](const json& from, const path& in) -> any_command { return module(from, in); }},
        {"module_definition",
         [](const json& from, const path& in) -> any_command { return script::definition{module(from, in)}; }},
        {"module_instance",
         [](const json& from, const path&) -> any_command {
             return script::instantiation{from.value("instance", ""), from.value("module", "")};
         }},
        {"register",
         [](const json& from, const path&) -> any_command {
             return script::registration{from.at("as"), from.value("name", "")};
         }},
        {"action", [](const json& from, const path&) -> any_command { return action(from); }},
        {"assert_return",
         [](const json& from, const path&) -> any_command {
             return script::assert_return{action(from), constants(from.at("expected"))};
         }},
        {"assert_exception",
         [](const json& from, const path&) -> any_command { return script::assert_exception{action(from)}; }},
        {"assert_trap", about_action<script::assert_trap>},
        {"assert_exhaustion", about_action<script::assert_exhaustion>},
        {"assert_malformed", about_module<script::assert_malformed>},
        {"assert_invalid", about_module<script::assert_invalid>},
        {"assert_unlinkable", about_module<script::assert_unlinkable>},
        {"assert_uninstantiable", about_module<script::assert_uninstantiable>},
    };
    const auto found = makers.find(type);
    if (found == makers.end()) {
        throw std::runtime_error("no such command");
    }
    return {command.at("line"), found->second(command, folder)};
}

} // namespace

wast::tally run_json_script(const path& script, wast::settings how, wast::progress& where) {
    const path folder = script.parent_path();
    how.is_single_memory = folder.parent_path().filename() == "threads"; // the proposal's scripts are that old
    wast::runner runner(script.stem().string() + ".wast", how, where);
    try {
        std::ifstream file(script);
        const json commands = json::parse(file).at("commands");
        for (const json& command : commands) {
            const std::string type = command.at("type");
            runner.run(command.at("line"), type, [&] { return make_command(type, command, folder); });
        }
    } catch (const std::exception& problem) {
        runner.fail(problem.what());
    }
    return runner.result();
}

} // namespace spec
