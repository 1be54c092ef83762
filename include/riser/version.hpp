#pragma once

/// The version. It is stated here alone: meson, CMake, Conan and the amalgamation read it from this line.
#define RISER_VERSION "0.1.0"

/// The same to compare with: major * 10'000 + minor * 100 + patch.
#define RISER_VERSION_NUMBER 100 // NOLINT(*-macro-to-enum): for the preprocessor

namespace riser::inline v0_1 {
namespace core {

/// The number of a version in words, "1.2.3".
consteval int version_number(const char* text) {
    int number = 0;
    int part = 0;
    for (; *text != '\0'; ++text) {
        if (*text == '.') {
            number = (number + part) * 100;
            part = 0;
        } else {
            part = part * 10 + (*text - '0');
        }
    }
    return number + part;
}

} // namespace core

static_assert(core::version_number(RISER_VERSION) == RISER_VERSION_NUMBER, "both state the same version");
static_assert(RISER_VERSION_NUMBER / 100 == 1,
              "the inline namespace of all headers, v0_1, is named after the major and minor "
              "version, so that two whose layouts differ can live in one process");

} // namespace riser::inline v0_1
