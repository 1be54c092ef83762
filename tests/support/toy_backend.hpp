#pragma once

/// Two backends that know a few functions by their names, in machine code that was written by hand. Their results differ from what
/// wasm has them be, by what says which code ran.

#include "riser/backend.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#if defined(__x86_64__) && defined(__ELF__)

namespace test::toy {

namespace runtime = riser::core::runtime;

inline constexpr std::int32_t native_mark = 1 << 20; ///< in the results of code that was entered by a call
inline constexpr std::int32_t loop_mark = 1 << 24;   ///< in those of code that was entered at its loop

/// The functions that the toys know. `$version` is number 0, which `$calls` calls.
inline constexpr std::string_view source = R"(
    (func $version (export "version") (result i32) (i32.const 0))
    (func $calls (export "calls") (result i32) (i32.add (call $version) (i32.const 1)))
    (func $sum (export "sum") (param i32) (result i32) (local i32)
        (loop $more
            (local.set 1 (i32.add (local.get 1) (local.get 0)))
            (br_if $more (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
        (local.get 1))
    (func $stops (export "stops") unreachable)
    (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0)))
    (func $unknown (export "unknown") (param i32) (result i32) (i32.add (local.get 0) (call $version)))
    (func $meets (export "meets") (call $stops))
    (memory (export "memory") 1)
)";

/// The version of code for a set of modes; of the backend that is not mode-specific it is `all_memory_modes`.
[[nodiscard]] constexpr std::int32_t version_of(runtime::memory_modes modes) { return modes; }

/// \tparam Specific compiles for one memory mode at a time
template <bool Specific>
class compiler {
public:
    static constexpr std::string_view name = Specific ? "specific toy" : "toy";
    static constexpr bool is_mode_specific = Specific;

    // What tests look at and set, of all objects.
    static inline std::atomic<int> compiled = 0; ///< functions
    static inline std::atomic<const char*> why_unusable = nullptr;
    static inline std::atomic<void (*)()> while_compiling = nullptr;
    static inline std::atomic<bool> refuses_version = false;
    static inline std::atomic<bool> leaves_out_loops = false;
    static inline std::atomic<std::uint8_t> address_register = 1; ///< of `load`: rcx, r8 and r11 have the address

    explicit compiler(const riser::allocator&) noexcept {}
    [[nodiscard]] const char* unusable() const noexcept { return why_unusable; }

    [[nodiscard]] runtime::compiled_code compile(const runtime::compile_task& task) noexcept;

private:
    std::array<std::byte, 256> bytes_{}; // enough for each, and what follows it
    std::vector<runtime::native_site> sites_;
    std::vector<runtime::loop_entry> loops_;
};
using general = compiler<false>;
using specific = compiler<true>;

} // namespace test::toy

#endif
