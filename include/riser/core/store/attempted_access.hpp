#pragma once

#include "riser/core/base/text.hpp"
#include "riser/core/wasm/message.hpp"

#include <cstdint>

namespace riser::inline v0_1::core::runtime {

/// `width` bytes from `address + offset` of a memory.
struct attempted_access {
    std::uint64_t width = 0;
    std::uint64_t address = 0;
    std::uint64_t offset = 0;
    std::uint32_t memory = 0;
    bool begins_before = false; ///< or there: a fault may tell no more than one address among them
};

/// "4 bytes at 0x10003 of 65536"
[[nodiscard, gnu::cold, gnu::noinline]] inline text text_of(const attempted_access& access, std::uint64_t size) {
    using wasm::hexadecimal;
    std::uint64_t begin = 0;
    const bool wraps = __builtin_add_overflow(access.address, access.offset, &begin);
    return wasm::message{access.width,
                         access.width == 1 ? " byte" : " bytes",
                         access.begins_before ? " that reach 0x" : " at 0x",
                         hexadecimal(wraps ? access.address : begin),
                         wraps ? " + 0x" : "",
                         wraps ? hexadecimal(access.offset) : "",
                         " of ",
                         size}
        .text();
}

} // namespace riser::inline v0_1::core::runtime
