#pragma once

#include "riser_x64/common/code_buffer.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <sys/mman.h>

/// Runs code as a function: `argument` is in rdi, the result in rax.
#ifdef __clang__
[[clang::no_sanitize("function")]] // which looks for a function's type in front of it
#endif
inline std::uint64_t
run(const riser::x64::code_buffer& code, std::uint64_t argument) {
    REQUIRE(code.failure() == riser::x64::code_failure::none);
    void* const memory = mmap(nullptr, code.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    std::memcpy(memory, code.data(), code.size());
    REQUIRE(mprotect(memory, code.size(), PROT_READ | PROT_EXEC) == 0);
    const std::uint64_t result = reinterpret_cast<std::uint64_t (*)(std::uint64_t)>(memory)(argument);
    munmap(memory, code.size());
    return result;
}
