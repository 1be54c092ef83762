#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <type_traits>
#include <utility>

namespace riser::inline v0::core {

/// Memory for the elements of vectors, whatever they are: compiled once, not once for each type.
struct vector_memory {
    /// Room for `needed` elements or more, so that growing one by one costs constant time each; sets `capacity`.
    /// Throws std::bad_alloc as the standard's containers do.
    [[nodiscard, gnu::noinline]] static void* allocate(std::size_t& capacity, std::size_t needed,
                                                       std::size_t element_size) {
        const std::size_t most = static_cast<std::size_t>(PTRDIFF_MAX) / element_size;
        const std::size_t doubled = capacity * 2 > most ? most : capacity * 2;
        const std::size_t wanted = needed > doubled ? needed : doubled;
        void* const block = ::operator new(wanted > most ? SIZE_MAX : wanted * element_size); // SIZE_MAX always fails
        capacity = wanted;
        return block;
    }

    /// The same for elements that may be copied byte by byte: `used` bytes of them move along, and `old` is freed.
    [[nodiscard, gnu::noinline]] static void* reallocate(void* old, std::size_t used, std::size_t& capacity,
                                                         std::size_t needed, std::size_t element_size) {
        void* const block = allocate(capacity, needed, element_size);
        if (used != 0) {
            std::memcpy(block, old, used);
        }
        ::operator delete(old);
        return block;
    }
};

/// A growing array with the part of std::vector's interface that the core uses. Each std::vector of another type costs a
/// translation unit tens of milliseconds, and a program compiles the core wherever it makes an engine; this one is a
/// fifth of that. Types that embedders see are made of std::vector.
template <class T>
class vector {
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);
    static constexpr bool is_plain = std::is_trivially_copyable_v<T>;

public:
    using value_type = T;
    using iterator = T*;
    using const_iterator = const T*;

    vector() noexcept = default;
    /// `size` elements made by T().
    [[gnu::cold]] explicit vector(std::size_t size) : vector() { resize(size); }
    vector(std::initializer_list<T> elements) : vector(elements.begin(), elements.end()) {}
    [[gnu::cold]] vector(const T* first, const T* last) : vector() { append(first, last); }
    [[gnu::cold]] vector(const vector& other) : vector(other.begin(), other.end()) {}
    vector(vector&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    vector& operator=(vector other) noexcept {
        swap(other);
        return *this;
    }
    [[gnu::cold]] ~vector() {
        clear();
        ::operator delete(static_cast<void*>(data_));
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
    void push_back(T element) {
        if (size_ == capacity_) [[unlikely]] {
            grow(size_ + 1);
        }
        ::new (static_cast<void*>(data_ + size_)) T(std::move(element));
        ++size_;
    }

    /// In front of the element at position `at`.
    [[gnu::cold]] void insert(std::size_t at, T element) {
        push_back(std::move(element));
        for (std::size_t i = size_ - 1; i > at; --i) {
            std::swap(data_[i], data_[i - 1]);
        }
    }

    void pop_back() noexcept { data_[--size_].~T(); }

    void clear() noexcept { truncate(0); }

    /// Appends copies of elements that are not this vector's own.
    void append(const T* first, const T* last) {
        reserve_more(static_cast<std::size_t>(last - first));
        for (; first != last; ++first, ++size_) {
            ::new (static_cast<void*>(data_ + size_)) T(*first);
        }
    }

    void append(std::size_t count, T element) {
        reserve_more(count);
        for (; count != 0; --count, ++size_) {
            ::new (static_cast<void*>(data_ + size_)) T(element);
        }
    }

    [[gnu::cold]] void reserve(std::size_t capacity) {
        if (capacity > capacity_) {
            grow(capacity);
        }
    }

    /// New elements are made by T().
    void resize(std::size_t size) {
        if (size > capacity_) {
            grow(size);
        }
        for (; size_ < size; ++size_) {
            ::new (static_cast<void*>(data_ + size_)) T();
        }
        truncate(size);
    }

    void swap(vector& other) noexcept {
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

    void reserve_more(std::size_t count) {
        if (count > capacity_ - size_) {
            grow(size_ + count);
        }
    }

    [[gnu::cold, gnu::noinline]] void grow(std::size_t needed) {
        if constexpr (is_plain) {
            // NOLINTNEXTLINE(bugprone-sizeof-expression): the elements may be pointers, and those are what is counted
            constexpr std::size_t element = sizeof(T);
            void* const grown =
                vector_memory::reallocate(static_cast<void*>(data_), size_ * element, capacity_, needed, element);
            data_ = static_cast<T*>(grown);
        } else {
            T* const old = data_;
            data_ = static_cast<T*>(vector_memory::allocate(capacity_, needed, sizeof(T)));
            for (std::size_t i = 0; i < size_; ++i) {
                ::new (static_cast<void*>(data_ + i)) T(std::move(old[i]));
                old[i].~T();
            }
            ::operator delete(static_cast<void*>(old));
        }
    }

    T* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace riser::inline v0::core
