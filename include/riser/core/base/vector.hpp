#pragma once

#include "riser/core/base/allocator.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace riser::inline v0_1::core {

/// Memory for the elements of vectors, whatever they are: compiled once, not once for each type.
struct vector_memory {
    /// How many elements there is room for when `needed` have to fit, so that growing one by one costs constant time each;
    /// 0 where no address space has room for them.
    [[nodiscard]] static std::size_t capacity_for(std::size_t capacity, std::size_t needed,
                                                  std::size_t element_size) noexcept {
        const std::size_t most = static_cast<std::size_t>(PTRDIFF_MAX) / element_size;
        const std::size_t doubled = capacity * 2 > most ? most : capacity * 2;
        return needed > most ? 0 : needed > doubled ? needed : doubled;
    }

    /// Room for `needed` elements or more; sets `capacity`. \returns null, with everything as before, where there is none.
    [[nodiscard, gnu::noinline]] static void* allocate(const allocator& source, std::size_t& capacity,
                                                       std::size_t needed, std::size_t element_size) noexcept {
        const std::size_t wanted = capacity_for(capacity, needed, element_size);
        void* const block =
            wanted == 0 ? nullptr : source.allocate(source.user, wanted * element_size, alignof(std::max_align_t));
        capacity = block == nullptr ? capacity : wanted;
        return block;
    }

    /// The same for elements that may be copied byte by byte: `used` bytes of them move along, and `old` is freed.
    [[nodiscard, gnu::noinline]] static void* reallocate(const allocator& source, void* old, std::size_t used,
                                                         std::size_t& capacity, std::size_t needed,
                                                         std::size_t element_size) noexcept {
        const std::size_t had = capacity;
        const std::size_t wanted = capacity_for(capacity, needed, element_size);
        if (old != nullptr && wanted != 0 && source.reallocate != nullptr) {
            void* const longer = source.reallocate(source.user, old, had * element_size, wanted * element_size,
                                                   alignof(std::max_align_t));
            if (longer != nullptr) {
                capacity = wanted;
                return longer;
            }
        }
        void* const block = allocate(source, capacity, needed, element_size);
        if (block != nullptr && old != nullptr) {
            std::memcpy(block, old, used);
            free(source, old, had, element_size);
        }
        return block;
    }

    static void free(const allocator& source, void* block, std::size_t capacity, std::size_t element_size) noexcept {
        if (block != nullptr) {
            source.deallocate(source.user, block, capacity * element_size, alignof(std::max_align_t));
        }
    }
};

/// For who has no error to return; nothing that a guest decides may come here.
[[noreturn, gnu::cold, gnu::noinline]] inline void throw_bad_alloc() {
    // No address space is that large: the way to throw std::bad_alloc, or to end, whatever the flags are.
    [[maybe_unused]] void* const volatile never = ::operator new(static_cast<std::size_t>(PTRDIFF_MAX));
    __builtin_unreachable();
}

/// A growing array with the part of std::vector's interface that the core uses. Each std::vector of another type costs a
/// translation unit tens of milliseconds, and a program compiles the core wherever it makes an engine; this one is a
/// fifth of that. Types that embedders see are made of std::vector.
///
/// Elements come from the allocator that the vector is made with, which outlives it: the engine's, where a guest decides how
/// many there are. What may need memory says whether there was any (`try_…`); where there was none, nothing has changed.
template <class T>
class vector {
    static_assert(alignof(T) <= alignof(std::max_align_t));
    static constexpr bool is_plain = std::is_trivially_copyable_v<T>;

public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;

    vector() noexcept = default;
    explicit vector(const allocator& source) noexcept : source_(&source) {}
    /// `size` elements made by T().
    [[gnu::cold]] explicit vector(std::size_t size) : vector() { require(try_resize(size)); }
    /// Elements come from the host's heap, whatever those of `other` do.
    [[gnu::cold]] vector(const vector& other) : vector() {
        require(try_reserve(other.size_));
        for (const T& element : other) {
            push_back_reserved(element);
        }
    }
    vector(vector&& other) noexcept
        : source_(other.source_), data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    vector& operator=(vector other) noexcept {
        swap(other);
        return *this;
    }
    [[gnu::cold]] ~vector() {
        clear();
        free(data_, capacity_);
    }

    [[nodiscard]] T* data() noexcept { return data_; }
    [[nodiscard]] const T* data() const noexcept { return data_; }
    [[nodiscard]] T* begin() noexcept { return data_; }
    [[nodiscard]] const T* begin() const noexcept { return data_; }
    [[nodiscard]] T* end() noexcept { return data_ + size_; }
    [[nodiscard]] const T* end() const noexcept { return data_ + size_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] T& operator[](std::size_t i) noexcept { return data_[i]; }
    [[nodiscard]] const T& operator[](std::size_t i) const noexcept { return data_[i]; }
    [[nodiscard]] T& front() noexcept { return data_[0]; }
    [[nodiscard]] const T& front() const noexcept { return data_[0]; }
    [[nodiscard]] T& back() noexcept { return data_[size_ - 1]; }
    [[nodiscard]] const T& back() const noexcept { return data_[size_ - 1]; }

    /// Takes a copy, which may be of an element.
    [[nodiscard]] bool try_push_back(T element) noexcept {
        if (size_ == capacity_ && !try_grow(size_ + 1)) [[unlikely]] {
            return false;
        }
        push_back_reserved(std::move(element));
        return true;
    }
    /// Where there is room for it (try_reserve).
    void push_back_reserved(T element) noexcept {
        ::new (static_cast<void*>(data_ + size_)) T(std::move(element));
        ++size_;
    }

    /// Appends copies of elements that are not this vector's own.
    [[nodiscard]] bool try_append(const T* first, const T* last) noexcept {
        if (!try_reserve_more(static_cast<std::size_t>(last - first))) {
            return false;
        }
        for (; first != last; ++first) {
            push_back_reserved(*first);
        }
        return true;
    }
    [[nodiscard]] bool try_append(std::size_t count, T element) noexcept {
        if (!try_reserve_more(count)) {
            return false;
        }
        for (; count != 0; --count) {
            push_back_reserved(element);
        }
        return true;
    }

    [[nodiscard, gnu::cold]] bool try_reserve(std::size_t capacity) noexcept {
        return capacity <= capacity_ || try_grow(capacity);
    }

    /// `count` elements more, without a value yet, for which there is room. \returns the first of them.
    [[nodiscard]] T* extend_reserved(std::size_t count) noexcept {
        static_assert(is_plain);
        T* const first = data_ + size_;
        size_ += count;
        return first;
    }

    /// New elements are made by T().
    [[nodiscard]] bool try_resize(std::size_t size) noexcept {
        if (size > capacity_ && !try_grow(size)) {
            return false;
        }
        for (; size_ < size; ++size_) {
            ::new (static_cast<void*>(data_ + size_)) T();
        }
        truncate(size);
        return true;
    }

    // For what the host decides: these throw std::bad_alloc, or end.

    void push_back(T element) { require(try_push_back(std::move(element))); }

    /// In front of the element at position `at`.
    [[gnu::cold]] void insert(std::size_t at, T element) {
        push_back(std::move(element));
        for (std::size_t i = size_ - 1; i > at; --i) {
            std::swap(data_[i], data_[i - 1]);
        }
    }

    void pop_back() noexcept { data_[--size_].~T(); }

    void clear() noexcept { truncate(0); }

    void swap(vector& other) noexcept {
        std::swap(source_, other.source_);
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    [[gnu::cold]] friend bool operator==(const vector& a, const vector& b) noexcept {
        bool is_equal = a.size_ == b.size_;
        for (std::size_t i = 0; is_equal && i < a.size_; ++i) {
            is_equal = a.data_[i] == b.data_[i];
        }
        return is_equal;
    }

private:
    void truncate(std::size_t size) noexcept {
        if constexpr (is_plain) {
            size_ = size;
        } else {
            while (size_ > size) {
                pop_back();
            }
        }
    }

    static void require(bool was_there) {
        if (!was_there) [[unlikely]] {
            throw_bad_alloc();
        }
    }

    [[nodiscard]] bool try_reserve_more(std::size_t count) noexcept {
        return count <= capacity_ - size_ || (count <= SIZE_MAX - size_ && try_grow(size_ + count));
    }

    [[nodiscard, gnu::cold, gnu::noinline]] bool try_grow(std::size_t needed) noexcept {
        // NOLINTNEXTLINE(bugprone-sizeof-expression): the elements may be pointers, and those are what is counted
        constexpr std::size_t element = sizeof(T);
        if constexpr (is_plain) {
            void* const grown = vector_memory::reallocate(*source_, static_cast<void*>(data_), size_ * element,
                                                          capacity_, needed, element);
            data_ = grown == nullptr ? data_ : static_cast<T*>(grown);
            return grown != nullptr;
        } else {
            T* const old = data_;
            const std::size_t had = capacity_;
            void* const grown = vector_memory::allocate(*source_, capacity_, needed, element);
            if (grown == nullptr) {
                return false;
            }
            data_ = static_cast<T*>(grown);
            for (std::size_t i = 0; i < size_; ++i) {
                ::new (static_cast<void*>(data_ + i)) T(std::move(old[i]));
                old[i].~T();
            }
            free(old, had);
            return true;
        }
    }

    void free(T* elements, std::size_t capacity) const noexcept {
        // NOLINTNEXTLINE(bugprone-sizeof-expression): the elements may be pointers, and those are what is counted
        vector_memory::free(*source_, static_cast<void*>(elements), capacity, sizeof(T));
    }

    const allocator* source_ = &host_allocator;
    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace riser::inline v0_1::core
