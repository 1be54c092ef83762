#pragma once

#include "riser/core/base/allocator.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/wasm/diagnostic.hpp"

#include <array>
#include <cstddef>
#include <new>
#include <utility>

namespace riser::inline v0_1::wat::detail {

/// Where what is kept of a text lies. The first allocation that fails ends the text with an error, so that whoever takes memory
/// need not ask whether there was any: what comes out is worthless then. All that is made with it ends before it does.
class text_memory {
public:
    text_memory(const core::allocator& from, core::wasm::diagnostics& diagnostics) noexcept
        : from_(from), diagnostics_(&diagnostics), source_{&allocate, &deallocate, &reallocate, this} {}
    text_memory(const text_memory&) = delete;
    text_memory& operator=(const text_memory&) = delete;

    [[nodiscard]] const core::allocator& source() const noexcept { return source_; }
    [[nodiscard]] core::wasm::diagnostics& diagnostics() const noexcept { return *diagnostics_; }

private:
    static void* allocate(void* user, std::size_t bytes, std::size_t alignment) noexcept {
        const auto& self = *static_cast<const text_memory*>(user);
        void* const block = self.from_.allocate(self.from_.user, bytes, alignment);
        self.diagnostics_->require_memory(block != nullptr);
        return block;
    }
    static void deallocate(void* user, void* memory, std::size_t bytes, std::size_t alignment) noexcept {
        const auto& self = *static_cast<const text_memory*>(user);
        self.from_.deallocate(self.from_.user, memory, bytes, alignment);
    }
    /// Where this fails, a new block is allocated.
    static void* reallocate(void* user, void* memory, std::size_t old_bytes, std::size_t bytes,
                            std::size_t alignment) noexcept {
        const auto& self = *static_cast<const text_memory*>(user);
        return self.from_.reallocate == nullptr
                   ? nullptr
                   : self.from_.reallocate(self.from_.user, memory, old_bytes, bytes, alignment);
    }

    core::allocator from_;
    core::wasm::diagnostics* diagnostics_;
    core::allocator source_;
};

/// Several of what is made with a text_memory.
template <class T, std::size_t Count>
[[nodiscard]] std::array<T, Count> make_array(const text_memory& memory) noexcept {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<T, Count>{((void)I, T(memory))...};
    }(std::make_index_sequence<Count>());
}

/// Makes room in a container of the standard library, which says only by an exception that there is none. So operator new is
/// asked first, for as much. \returns false where there is none.
template <class Container>
[[nodiscard]] bool try_reserve(Container& to, std::size_t size) {
    void* const probe = ::operator new(size + 1, std::nothrow);
    ::operator delete(probe);
    if (probe != nullptr) {
        to.reserve(size);
    }
    return probe != nullptr;
}

} // namespace riser::inline v0_1::wat::detail
