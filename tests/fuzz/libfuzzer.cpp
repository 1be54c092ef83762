// libFuzzer's entry; compiled once for each target.

#include "targets.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::RISER_FUZZ_TARGET(std::as_bytes(std::span(data, size)));
    return 0;
}
