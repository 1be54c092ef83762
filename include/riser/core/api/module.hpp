#pragma once

#include "riser/core/api/instance.hpp"
#include "riser/core/api/references.hpp"
#include "riser/core/base/algorithm.hpp"
#include "riser/core/module/compile_module.hpp"
#include "riser/core/module/module_state.hpp"
#include "riser/core/store/externals.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/instance.hpp"
#include "riser/limits.hpp"
#include "riser/module.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>
#include <utility>

namespace riser::inline v0_1 {

namespace core::runtime {

/// How long a file is; 0 where there is no telling. The position stays.
[[nodiscard, gnu::cold]] inline std::size_t end_of(std::FILE* file) noexcept {
    const long at = std::ftell(file);
    if (at < 0 || std::fseek(file, 0, SEEK_END) != 0) {
        return 0;
    }
    const long end = std::ftell(file);
    return std::fseek(file, at, SEEK_SET) == 0 && end > 0 ? static_cast<std::size_t>(end) : 0;
}

/// All bytes of a file. Of what is no module only the beginning, which the decoder refuses: a device or pipe may have no
/// end. \returns false with an error where it cannot be read, or is too large.
[[nodiscard, gnu::noinline, gnu::cold]] inline bool read_file(const std::string& path, vector<std::byte>& bytes,
                                                              error& failure) {
    std::FILE* const file = std::fopen(path.c_str(), "rb");
    if (file == nullptr) {
        failure = resource_failure(resource_error::reason::file, {"cannot open ", path, ": ", std::strerror(errno)});
        return false;
    }
    std::size_t size = 0;
    std::size_t end = 0;
    bool has_room = true;
    for (std::size_t room = std::size_t{1} << 16U;;
         room = core::lesser(end < 2 * room ? 2 * room : end + 1, limits::module_size + 1)) {
        has_room = bytes.try_resize(room);
        if (!has_room) {
            break;
        }
        const std::size_t wanted = room - size;
        const std::size_t read = std::fread(bytes.data() + size, 1, wanted, file);
        size += read;
        if (read < wanted || size > limits::module_size || std::memcmp(bytes.data(), "\0asm", 4) != 0) {
            break;
        }
        end = end_of(file);
        if (end > limits::module_size) {
            break;
        }
    }
    const bool is_too_large = size > limits::module_size || end > limits::module_size;
    const bool failed = std::ferror(file) != 0;
    const int reason = errno;
    std::fclose(file);
    if (!has_room) {
        failure = resource_failure({"out of memory: no room for ", path});
        return false;
    }
    static_cast<void>(bytes.try_resize(size)); // which is less
    if (failed) {
        failure = resource_failure(resource_error::reason::file, {"cannot read ", path, ": ", std::strerror(reason)});
    } else if (is_too_large) {
        failure =
            resource_failure(resource_error::reason::file, {"cannot read ", path, ": larger than ", limits::module_size,
                                                            " bytes, the limit for modules"});
    }
    return !failed && !is_too_large;
}

[[nodiscard, gnu::cold, gnu::noinline]] inline error no_room_for_module(std::size_t bytes) {
    return resource_failure({"out of memory: no room for a module of ", bytes, " bytes"});
}

[[nodiscard, gnu::cold]] inline result<riser::module> compile(const shared_ref<engine_state>& engine,
                                                              module_bytes&& bytes, compile_mode mode) {
    error failure;
    auto made = compile_module(engine, std::move(bytes), mode, failure);
    if (!made) {
        return failure;
    }
    return riser::module(std::move(made));
}

} // namespace core::runtime

[[gnu::cold]] RISER_INLINE result<riser::module>
module::try_compile(const engine_base& maker, std::vector<std::byte>&& bytes, compile_mode mode) {
    core::runtime::module_bytes adopted;
    if (!core::runtime::module_bytes::try_adopt(std::move(bytes), adopted)) {
        return core::runtime::no_room_for_module(bytes.size());
    }
    return core::runtime::compile(maker.state(), std::move(adopted), mode);
}
[[gnu::cold]] RISER_INLINE result<riser::module>
module::try_compile(const engine_base& maker, std::span<const std::byte> bytes, compile_mode mode) {
    core::runtime::module_bytes copy;
    if (!core::runtime::module_bytes::try_copy(maker.state()->options.allocator, bytes, copy)) {
        return core::runtime::no_room_for_module(bytes.size());
    }
    return core::runtime::compile(maker.state(), std::move(copy), mode);
}
[[gnu::cold]] RISER_INLINE result<riser::module> module::try_compile(const engine_base& maker,
                                                                     std::span<const std::byte> bytes) {
    return try_compile(maker, bytes, maker.state()->options.compile_mode);
}

[[gnu::cold]] RISER_INLINE result<riser::module> module::try_load(const engine_base& maker, const std::string& path,
                                                                  compile_mode mode) {
    core::vector<std::byte> bytes(maker.state()->options.allocator);
    error failure;
    if (!core::runtime::read_file(path, bytes, failure)) {
        return failure;
    }
    core::runtime::module_bytes adopted;
    if (!core::runtime::module_bytes::try_adopt(std::move(bytes), adopted)) {
        return core::runtime::no_room_for_module(bytes.size());
    }
    result<riser::module> compiled = core::runtime::compile(maker.state(), std::move(adopted), mode);
    if (const auto refused = compiled ? std::nullopt : compiled.error().as<compile_error>()) {
        return compile_error(refused->why(), refused->description(), refused->offset(), refused->function(), path);
    }
    return compiled;
}
[[gnu::cold]] RISER_INLINE result<riser::module> module::try_load(const engine_base& maker, const std::string& path) {
    return try_load(maker, path, maker.state()->options.compile_mode);
}

[[gnu::cold]] RISER_INLINE std::vector<import_type> module::imports() const {
    std::vector<import_type> all;
    for (const core::wasm::import_entry& entry : state()->info.imports) {
        all.push_back({entry.module, entry.name, core::runtime::type_in_module(*state(), entry.kind, entry.index)});
    }
    return all;
}
[[gnu::cold]] RISER_INLINE std::vector<export_type> module::exports() const {
    std::vector<export_type> all;
    for (const core::wasm::export_entry& entry : state()->info.exports) {
        all.push_back({entry.name, core::runtime::type_in_module(*state(), entry.kind, entry.index)});
    }
    return all;
}
[[gnu::cold]] RISER_INLINE std::vector<custom_section> module::custom_sections() const {
    std::vector<custom_section> all;
    for (const core::wasm::custom_section& section : state()->info.custom_sections) {
        all.push_back({section.name, bytes().subspan(section.bytes.offset, section.bytes.size)});
    }
    return all;
}

RISER_INLINE std::string_view module::name() const { return state()->info.name; }
[[gnu::cold]] RISER_INLINE std::string_view module::function_name(std::uint32_t index) const {
    return index < state()->info.function_names.size() ? state()->info.function_names[index] : std::string_view();
}
RISER_INLINE std::span<const std::byte> module::bytes() const { return state()->bytes; }

[[gnu::cold]] RISER_INLINE module_statistics module::statistics() const {
    module_statistics figures;
    const core::runtime::module_state& data = *state();
    const std::lock_guard lock(data.mutex);
    figures.functions = data.info.bodies.size();
    for (const core::wasm::function_body& body : data.info.bodies) {
        figures.wasm_bytes += body.bytes.size;
    }
    for (std::size_t i = 0; i < data.bytecode.size(); ++i) {
        const std::size_t bytes = data.bytecode[i].words.size() * sizeof(core::runtime::code_word);
        figures.translated_functions += bytes != 0 ? 1 : 0;
        figures.bytecode_bytes += bytes;
    }
    for (const core::runtime::module_code* const code : data.code) {
        figures.resolved_bytes += code != nullptr ? code->words() * sizeof(core::runtime::code_word) : 0;
    }
    return figures;
}

[[gnu::cold]] RISER_INLINE std::vector<tier_statistics> module::tiers() const {
    std::vector<tier_statistics> figures;
    if (const core::runtime::tiering_ops* const tiering = state()->ops->tiering) {
        tiering->report_module(*state(), figures);
    }
    return figures;
}

RISER_INLINE bool module::belongs_to(const engine_base& maker) const { return state()->engine == maker.state(); }

RISER_INLINE riser::module instance::module() const {
    return riser::module(core::runtime::cell_of(*this).linked->module);
}

} // namespace riser::inline v0_1
