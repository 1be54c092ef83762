#include "host_memory.hpp"

#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

[[nodiscard]] bool fails() {
    test::host_memory& host = test::host;
    const bool fails = host.is_watched && host.until_failure != 0 && --host.until_failure == 0;
    host.has_failed = host.has_failed || fails;
    return fails;
}

} // namespace

void* operator new(std::size_t bytes) {
    test::host.throwing += test::host.is_watched ? 1 : 0;
    void* const block = std::malloc(bytes);
    if (block == nullptr) {
#if defined(__cpp_exceptions)
        throw std::bad_alloc();
#else
        std::abort();
#endif
    }
    ++test::host.blocks;
    return block;
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
    if (fails()) {
        return nullptr;
    }
    ++test::host.blocks;
    return std::malloc(bytes);
}
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t& tag) noexcept { return operator new(bytes, tag); }
void operator delete(void* block) noexcept {
    test::host.blocks -= block != nullptr ? 1 : 0;
    std::free(block);
}
void operator delete(void* block, std::size_t) noexcept { operator delete(block); }
void operator delete(void* block, const std::nothrow_t&) noexcept { operator delete(block); }
void operator delete[](void* block) noexcept { operator delete(block); }
void operator delete[](void* block, std::size_t) noexcept { operator delete(block); }
void operator delete[](void* block, const std::nothrow_t&) noexcept { operator delete(block); }

// The linker sends calls of calloc and realloc here (--wrap).
extern "C" {

void* __real_calloc(std::size_t count, std::size_t size);
void* __real_realloc(void* block, std::size_t bytes);

void* __wrap_calloc(std::size_t count, std::size_t size) { return fails() ? nullptr : __real_calloc(count, size); }
void* __wrap_realloc(void* block, std::size_t bytes) { return fails() ? nullptr : __real_realloc(block, bytes); }

} // extern "C"
