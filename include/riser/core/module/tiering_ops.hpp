#pragma once

#include "riser/core/code/code.hpp"
#include "riser/core/wasm/diagnostic.hpp"
#include "riser/fwd.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace riser::inline v0_1::core::runtime {

struct backend_ops;
struct tiering_ops;
struct module_code;
struct module_data;

/// The operations of an engine with these backends, and what makes its tiers: see tiering/tiering_for.hpp, which riser/backend.hpp includes.
template <class... Backends>
struct tiering_for;
template <>
struct tiering_for<> {
    static constexpr const tiering_ops* operations = nullptr;
};

/// What an engine with backends does about hot functions; engines without have none of it. What fails here leaves functions to the
/// interpreter.
struct tiering_ops {
    std::span<const backend_ops> backends; ///< in rising order

    /// A function is called that has no code in the mode of `code` yet. \returns words that enter its native code, where it has some
    /// or gets some at once; null where it is to be translated
    const code_word* (*enter_new)(execution_context& context, const module_code& code, std::uint32_t defined) noexcept;

    /// A poll in front of the region that begins at `pc`, in interpreted code, after `used` operators. \returns words that enter
    /// native code to go on there; null where the interpreter goes on
    const code_word* (*go_on)(execution_context& context, const code_word* pc, std::uint64_t used) noexcept;

    /// A call from native code to a function without any, when as many as note_crossings has said last time have gone by. \returns words
    /// that enter native code that it has by now; null where it is interpreted
    const code_word* (*note_crossings)(execution_context& context, const module_code& code,
                                       std::uint32_t defined) noexcept;

    /// A poll in native code after `used` operators, by whose return address the function is found. Null where there is one backend. What
    /// a higher one makes of it is entered by the next call.
    void (*note_native_poll)(const execution_context& context, const void* return_address, std::uint64_t used) noexcept;

    /// compile_mode::eager_native: compiles what no backend refuses, and validates the rest: compiling has validated the others, of which
    /// module_facts remain unknown. \returns false where a body is refused
    bool (*compile_all)(const module_data& module, wasm::diagnostics& diagnostics) noexcept;

    /// Before a module ends that has module_data::tiers: from here on nobody compiles it.
    void (*end_module)(const module_data& module) noexcept;
    /// After the engine's last module, if it has engine_state::tiers.
    void (*end_engine)(engine_state& engine) noexcept;

    void (*report_engine)(const engine_state& engine, native_statistics& figures);
    void (*report_module)(const module_data& module, std::vector<tier_statistics>& figures);
};

} // namespace riser::inline v0_1::core::runtime
