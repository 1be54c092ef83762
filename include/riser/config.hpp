#pragma once

/// Marks the definitions of public functions: `inline` where the engine is header-only; ordinary definitions in the one
/// translation unit that includes riser/source.hpp while the others define RISER_SEPARATE_COMPILATION.
#if defined(RISER_SOURCE) || defined(RISER_SEPARATE_COMPILATION)
#    define RISER_INLINE
#else
#    define RISER_INLINE inline
#endif

namespace riser::inline v0_1::core {

/// A static_cast between integers of which some platforms need none, as of std::uint64_t to std::size_t: GCC warns of those that it
/// sees (-Wuseless-cast), and others of those that are missing. Not for handlers, which a debug build optimises alone.
template <class To, class From>
[[nodiscard]] constexpr To cast(From value) noexcept {
    return static_cast<To>(value);
}

} // namespace riser::inline v0_1::core
