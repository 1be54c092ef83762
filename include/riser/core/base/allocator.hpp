#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <utility>

namespace riser::inline v0_1::core {

/// The default allocator: the C library's heap. Fresh large blocks of calloc are untouched pages on every common
/// system, and realloc moves them without copying where the system can.
struct heap {
    [[gnu::cold]] static void* allocate(void*, std::size_t bytes, std::size_t alignment) noexcept {
        const std::size_t extra = padding(alignment);
        if (bytes > static_cast<std::size_t>(PTRDIFF_MAX) - extra) {
            return nullptr;
        }
        void* const block = std::calloc(bytes + extra, 1);
        if (block == nullptr || extra == 0) {
            return block;
        }
        const auto address = reinterpret_cast<std::uintptr_t>(block) + sizeof(void*);
        const std::uintptr_t past = address % alignment;
        auto* const aligned = static_cast<std::byte*>(block) + sizeof(void*) + (past == 0 ? 0 : alignment - past);
        reinterpret_cast<void**>(aligned)[-1] = block;
        return aligned;
    }

    static void deallocate(void*, void* memory, std::size_t, std::size_t alignment) noexcept {
        std::free(padding(alignment) == 0 ? memory : static_cast<void**>(memory)[-1]);
    }

    static void* reallocate(void*, void* memory, std::size_t, std::size_t bytes, std::size_t alignment) noexcept {
        const bool possible = padding(alignment) == 0 && bytes <= static_cast<std::size_t>(PTRDIFF_MAX);
        return possible ? std::realloc(memory, bytes) : nullptr;
    }

private:
    /// calloc aligns for every fundamental type. For more, the block's address is kept in front of what is handed out.
    static constexpr std::size_t padding(std::size_t alignment) noexcept {
        return alignment <= alignof(std::max_align_t) ? 0 : alignment + sizeof(void*);
    }
};

/// Where an engine takes memory whose size a guest decides: linear memories, tables, heaps, stacks. An embedder may
/// supply one when it makes the engine. Failure (null) is an error that the guest or the embedder sees, never an abort.
///
/// The functions are called from any thread that uses the engine, also at the same time, must not throw, and must not
/// call the engine. `bytes` is never 0; `alignment` is a power of two.
struct allocator {
    /// \returns `bytes` zero-filled bytes, or null. Zero-filled is part of the contract: guests read what is there.
    void* (*allocate)(void* user, std::size_t bytes, std::size_t alignment) = heap::allocate;

    /// `bytes` and `alignment` are those of the call that made the block.
    void (*deallocate)(void* user, void* memory, std::size_t bytes, std::size_t alignment) = heap::deallocate;

    /// Optional (may be null): makes a block longer, at a new address if need be. Added bytes may have any content.
    /// \returns null where it cannot; the block is then as before, and the engine copies.
    void* (*reallocate)(void* user, void* memory, std::size_t old_bytes, std::size_t bytes,
                        std::size_t alignment) = heap::reallocate;

    void* user = nullptr; ///< handed to the functions
};

/// The heap, for what has no engine.
inline constexpr allocator host_allocator{};

/// An object in memory of `source`; null where there is none.
template <class T, class... Args>
[[nodiscard]] T* make_object(const allocator& source, Args&&... args) noexcept {
    void* const block = source.allocate(source.user, sizeof(T), alignof(T));
    return block == nullptr ? nullptr : ::new (block) T(std::forward<Args>(args)...);
}

/// Ends what make_object made. `source` is not one that the object keeps alive.
template <class T>
void destroy_object(const allocator& source, const T* object) noexcept {
    object->~T();
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): counted objects are constant to who drops the last reference
    source.deallocate(source.user, const_cast<T*>(object), sizeof(T), alignof(T));
}

} // namespace riser::inline v0_1::core
