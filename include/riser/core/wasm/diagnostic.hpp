#pragma once

#include "riser/core/base/text.hpp"
#include "riser/core/wasm/message.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

namespace riser::inline v0_1::core::wasm {

/// Why a module was refused.
enum class diagnostic_kind : std::uint8_t {
    malformed,     ///< the bytes are not a module (Core specification, chapter 5)
    invalid,       ///< the module does not validate (chapter 3)
    unsupported,   ///< valid, but uses an instruction this build cannot run yet
    limit,         ///< valid, but larger than an implementation limit (see limits.hpp)
    out_of_memory, ///< the engine's allocator failed
};

/// What is wrong with a module, where. `message` starts with the reference interpreter's wording, then details.
struct diagnostic {
    diagnostic_kind kind = diagnostic_kind::malformed;
    text message;
    std::size_t offset = 0;                ///< in bytes from the module's start
    std::optional<std::uint32_t> function; ///< index of the function whose body is at fault
};

/// The first error wins; what runs after it reads zeros and stops soon. Nothing here throws, so that the core works
/// without exceptions.
class diagnostics {
public:
    [[nodiscard]] bool ok() const noexcept { return !failed_; }
    [[nodiscard]] const diagnostic& first() const noexcept { return first_; }
    [[nodiscard]] diagnostic& first() noexcept { return first_; }

    [[gnu::cold, gnu::noinline]] void report(diagnostic_kind kind, std::size_t offset, message what) {
        if (!failed_) {
            failed_ = true;
            first_ = {kind, what.text(), offset, {}};
        }
    }

    /// Takes what an operation that needs memory says of itself. \returns it; where it is false, that is reported.
    bool require_memory(bool was_there, std::size_t offset = 0) {
        if (!was_there) [[unlikely]] {
            report(diagnostic_kind::out_of_memory, offset, "out of memory");
        }
        return was_there;
    }

private:
    bool failed_ = false;
    diagnostic first_;
};

} // namespace riser::inline v0_1::core::wasm
