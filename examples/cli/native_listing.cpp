// `riser inspect --tier baseline`: the machine code of functions.
#include "disassembly.hpp"

#include "riser/core/module/module_state.hpp"
#include "riser/core/module/tiering_ops.hpp"
#include "riser/core/tiering/backend_ops.hpp"
#include "riser/core/tiering/memory_modes.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>

namespace {

namespace runtime = riser::core::runtime;

/// By the offset of an instruction: that of the operator which it is for.
using places = std::map<std::uint32_t, std::uint32_t>;

/// A site is where a call returns to, or an access that may fault.
places find_places(const std::vector<cli::machine_instruction>& instructions, const runtime::compiled_code& code) {
    places found;
    for (const runtime::loop_entry& loop : code.loops) {
        found[loop.offset] = loop.wasm_offset;
    }
    for (const runtime::native_site& site : code.sites) {
        const auto behind = std::find_if(instructions.begin(), instructions.end(),
                                         [&](const auto& each) { return each.offset >= site.offset; });
        const bool follows_call = behind != instructions.begin() && std::prev(behind)->is_call;
        found[follows_call ? std::prev(behind)->offset : site.offset] = site.wasm_offset;
    }
    return found;
}

void print_code(const runtime::compiled_code& code) {
    std::printf("  %zu bytes of native code\n", code.bytes.size());
    const std::size_t end = code.bytes.size() - code.constant_bytes;
    const std::vector<cli::machine_instruction> instructions = cli::disassemble(code.bytes.first(end));
    const places known = find_places(instructions, code);
    for (const cli::machine_instruction& each : instructions) {
        char operation[16] = "";
        if (const auto place = known.find(each.offset); place != known.end()) {
            std::snprintf(operation, sizeof operation, "%08x", static_cast<unsigned>(place->second));
        }
        std::printf("%-40s %3x: %s\n", operation, static_cast<unsigned>(each.offset), each.text.c_str());
    }
    for (std::size_t at = end; at + sizeof(std::uint64_t) <= code.bytes.size(); at += sizeof(std::uint64_t)) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, code.bytes.data() + at, sizeof bits);
        std::printf("%-40s %3zx: .quad 0x%016" PRIx64 "\n", "", at, bits);
    }
    std::printf("\n");
}

} // namespace

void cli::print_native(const riser::module& module, std::uint32_t function) {
    const riser::core::allocator source;
    const runtime::backend_ops& backend = module.state()->ops->tiering->backends[0];
    const auto destroy = [&](void* made) { backend.destroy(source, made); };
    const std::unique_ptr<void, decltype(destroy)> compiler(backend.make(source), destroy);
    const char* const unusable = compiler ? backend.unusable(compiler.get()) : "out of memory";
    if (unusable != nullptr) {
        return static_cast<void>(std::printf("  no native code: %s\n\n", unusable));
    }
    const runtime::compiled_code code =
        backend.compile(compiler.get(), {*module.state(), function, runtime::all_memory_modes});
    if (code.refusal != nullptr) {
        return static_cast<void>(std::printf("  no native code: %s\n\n", code.refusal));
    }
    print_code(code);
}
