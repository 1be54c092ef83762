#pragma once

#include "riser/config.hpp"
#include "riser/core/base/references.hpp"
#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/external_type.hpp"
#include "riser/fwd.hpp"
#include "riser/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace riser::inline v0_1 {

struct import_type {
    std::string_view module;
    std::string_view name;
    external_type type;
};

struct export_type {
    std::string_view name;
    external_type type;
};

struct custom_section {
    std::string_view name;
    std::span<const std::byte> bytes; ///< without the name
};

/// What a module's code takes at the moment.
struct module_statistics {
    std::size_t functions = 0;            ///< defined in the module
    std::size_t translated_functions = 0; ///< those whose bytecode exists
    std::size_t wasm_bytes = 0;           ///< of all function bodies
    std::size_t bytecode_bytes = 0;       ///< of the shared form: the same for all memory modes
    std::size_t resolved_bytes = 0;       ///< of the resolved form, which runs: one for each memory mode in use
};

/// A compiled module (4.2.12 speaks of what is made from it). A handle: copies share one immutable module, which any number of
/// threads and stores may use at the same time. Views into it are valid as long as one of its handles. What is done with a handle that
/// was moved from is a usage_error.
class module {
public:
    /// Reads the file, decodes and validates. \returns compile_error, or resource_error where the file cannot be read.
    [[nodiscard]] static RISER_INLINE result<riser::module> try_load(const engine_base& maker, const std::string& path,
                                                                     compile_mode mode);
    [[nodiscard]] static RISER_INLINE result<riser::module> try_load(const engine_base& maker, const std::string& path);

    /// Decodes and validates a module in the binary format, which is copied. \returns compile_error.
    [[nodiscard]] static RISER_INLINE result<riser::module>
    try_compile(const engine_base& maker, std::span<const std::byte> bytes, compile_mode mode);
    [[nodiscard]] static RISER_INLINE result<riser::module> try_compile(const engine_base& maker,
                                                                        std::span<const std::byte> bytes);
    /// The same without the copy.
    [[nodiscard]] static RISER_INLINE result<riser::module>
    try_compile(const engine_base& maker, std::vector<std::byte>&& bytes, compile_mode mode);

#if defined(__cpp_exceptions)
    [[nodiscard]] static riser::module load(const engine_base& maker, const std::string& path) {
        return try_load(maker, path).value();
    }
    [[nodiscard]] static riser::module load(const engine_base& maker, const std::string& path, compile_mode mode) {
        return try_load(maker, path, mode).value();
    }
    [[nodiscard]] static riser::module compile(const engine_base& maker, std::span<const std::byte> bytes) {
        return try_compile(maker, bytes).value();
    }
    [[nodiscard]] static riser::module compile(const engine_base& maker, std::span<const std::byte> bytes,
                                               compile_mode mode) {
        return try_compile(maker, bytes, mode).value();
    }
#endif

    /// In the module's order.
    [[nodiscard]] RISER_INLINE std::vector<import_type> imports() const;
    [[nodiscard]] RISER_INLINE std::vector<export_type> exports() const;
    [[nodiscard]] RISER_INLINE std::vector<custom_section> custom_sections() const;

    /// Names from the name section; empty where there are none.
    [[nodiscard]] RISER_INLINE std::string_view name() const;
    [[nodiscard]] RISER_INLINE std::string_view function_name(std::uint32_t index) const;

    [[nodiscard]] RISER_INLINE std::span<const std::byte> bytes() const;
    [[nodiscard]] RISER_INLINE module_statistics statistics() const;
    /// What the engine's backends have made of it, in rising order; empty where there are none.
    [[nodiscard]] RISER_INLINE std::vector<tier_statistics> tiers() const;

    /// Made with this engine?
    [[nodiscard]] RISER_INLINE bool belongs_to(const engine_base& maker) const;

    explicit module(core::runtime::shared_ref<core::runtime::module_state> state) noexcept : state_(std::move(state)) {}
    [[nodiscard]] const core::runtime::shared_ref<core::runtime::module_state>& state() const {
        if (!state_) [[unlikely]] {
            core::runtime::throw_or_end(core::runtime::moved_from("module"));
        }
        return state_;
    }
    [[nodiscard]] bool is_moved_from() const noexcept { return !state_; }
    friend bool operator==(const module&, const module&) noexcept = default;

private:
    core::runtime::shared_ref<core::runtime::module_state> state_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/module.hpp"
#endif
