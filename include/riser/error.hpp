#pragma once

#include "riser/config.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/base/text.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/code/trap_kind.hpp"
#include "riser/core/code/trap_record.hpp"
#include "riser/fwd.hpp"

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace riser::inline v0_1 {

namespace core::runtime {

/// Identifies a class derived from riser::error, by address.
template <class E>
inline constexpr char error_tag = 0;

} // namespace core::runtime

/// Base of everything the engine throws, and what a `result` holds instead of a value. Copies share one immutable state,
/// which knows which class the error belongs to: `as<riser::trap>()` gets it back from a plain `error`. May be copied to
/// and read by any thread.
class error : public std::exception {
public:
    /// An empty error: no state, no class.
    error() noexcept = default;

    [[nodiscard]] RISER_INLINE const char* what() const noexcept override;
    [[nodiscard]] std::string_view message() const noexcept { return what(); }

    /// Is this an E? E is a class derived from `error`, or `error` itself.
    template <class E>
    [[nodiscard]] bool is() const noexcept;

    /// As an E; empty where it is not one.
    template <class E>
    [[nodiscard]] std::optional<E> as() const {
        return is<E>() ? std::optional<E>(E(*this)) : std::nullopt;
    }

    // For this library and for classes derived from `error` elsewhere.
    [[nodiscard]] static error from_state(core::runtime::shared_ref<const core::runtime::error_state> state) noexcept {
        return error(std::move(state));
    }
    [[nodiscard]] const core::runtime::shared_ref<const core::runtime::error_state>& state() const noexcept {
        return state_;
    }

protected:
    explicit error(core::runtime::shared_ref<const core::runtime::error_state> state) noexcept
        : state_(std::move(state)) {}

private:
    core::runtime::shared_ref<const core::runtime::error_state> state_;
};

namespace core::runtime {

/// What copies of an error share. Classes derived from riser::error may derive theirs, to carry more.
struct error_state {
    error_state(const void* tag_, text message_) noexcept : tag(tag_), message(std::move(message_)) {}
    error_state(const void* tag_, std::string_view message_) noexcept : tag(tag_), message(message_) {}
    error_state(const error_state& other) : tag(other.tag), message(other.message), raise(other.raise) {}
    error_state& operator=(const error_state&) = delete;
    virtual ~error_state() = default;

    const void* tag; ///< address of error_tag<the class>
    text message;
    void (*raise)(const riser::error&) = nullptr; ///< throws the class; null where made without exceptions
    mutable std::atomic<std::uint32_t> references{1};
};

#if defined(__cpp_exceptions)
template <class E>
[[noreturn]] void raise_as(const riser::error& failure) {
    throw E(failure);
}

#endif

/// What an error becomes for which there is no memory: a resource_error. Never ends.
[[nodiscard]] RISER_INLINE shared_ref<const error_state> out_of_memory_state() noexcept;

/// For the constructors of classes derived from riser::error. Where there is no memory, the error is none of its class: see
/// error::is.
template <class E, class State, class... Args>
[[nodiscard]] shared_ref<const error_state> make_error_state(Args&&... args) {
    auto* const state = new (std::nothrow) State(&error_tag<E>, std::forward<Args>(args)...);
    if (state == nullptr) {
        return out_of_memory_state();
    }
#if defined(__cpp_exceptions)
    state->raise = &raise_as<E>;
#endif
    return shared_ref<const error_state>::adopt(state);
}

} // namespace core::runtime

template <class E>
bool error::is() const noexcept {
    static_assert(std::is_base_of_v<error, E>);
    return std::is_same_v<E, error> || (state_ && state_->tag == &core::runtime::error_tag<E>);
}

/// A module was refused: it is malformed, invalid, too large, or uses what this build cannot run.
class compile_error : public error {
public:
    enum class reason : std::uint8_t {
        malformed,   ///< the bytes are not a module (Core specification, chapter 5)
        invalid,     ///< the module does not validate (chapter 3)
        unsupported, ///< valid, but uses an instruction this build cannot run
        limit,       ///< valid, but larger than an implementation limit (riser/limits.hpp)
    };

    explicit compile_error(const error& failure) noexcept : error(failure) {}
    /// Where the module was read from a file, the message names it.
    RISER_INLINE compile_error(reason why, std::string_view description, std::size_t offset,
                               std::optional<std::uint32_t> function, std::string_view file = {}) noexcept;

    /// What is wrong; what() adds the file, if there is one, and where in it.
    [[nodiscard]] RISER_INLINE std::string_view description() const noexcept;

    [[nodiscard]] RISER_INLINE reason why() const noexcept;
    [[nodiscard]] RISER_INLINE std::size_t offset() const noexcept;                    ///< in bytes
    [[nodiscard]] RISER_INLINE std::optional<std::uint32_t> function() const noexcept; ///< index, where in a body
};

/// An import that could not be satisfied. Types are in the notation of the text format.
struct unsatisfied_import {
    std::string module;
    std::string name;
    std::string expected; ///< what the module asks for
    std::string found;    ///< what is there; empty where nothing is
};

/// Imports are missing or have the wrong type, or parts of different engines or stores were mixed.
class link_error : public error {
public:
    explicit link_error(const error& failure) noexcept : error(failure) {}
    RISER_INLINE explicit link_error(std::string_view message,
                                     const std::vector<unsatisfied_import>& unsatisfied = {}) noexcept;

    /// In the module's order, at most limits::reported_imports; empty where the error is another.
    [[nodiscard]] RISER_INLINE std::vector<unsatisfied_import> unsatisfied() const;
};

/// Where a call was when it trapped.
struct trap_frame {
    std::string module;         ///< its name from the name section; empty where it has none
    std::uint32_t function = 0; ///< index in its module
    std::string name;           ///< from the name section, else of an export; empty where there is none
    std::uint32_t offset = 0;   ///< of the instruction, in bytes from the module's start
};

/// A call into wasm ended early (Core specification 4.2.13 and 4.6).
class trap : public error {
public:
    explicit trap(const error& failure) noexcept : error(failure) {}
    /// For host functions, to end the call; `message` defaults to the kind's wording.
    RISER_INLINE explicit trap(trap_kind kind, std::string_view message = {}) noexcept;

    [[nodiscard]] RISER_INLINE trap_kind kind() const noexcept;
    /// Innermost first, at most 64 frames. Byte offsets are computed here, which takes a translation of each function.
    [[nodiscard]] RISER_INLINE std::vector<trap_frame> backtrace() const;
};

/// The program asked for what is not there: no such export, another type than stated, arguments that do not match.
class usage_error : public error {
public:
    explicit usage_error(const error& failure) noexcept : error(failure) {}
    RISER_INLINE explicit usage_error(std::string_view message) noexcept;
};

/// A file could not be read, memory ran out, or a limit of the store was met.
class resource_error : public error {
public:
    explicit resource_error(const error& failure) noexcept : error(failure) {}
    RISER_INLINE explicit resource_error(std::string_view message) noexcept;
};

/// A host function failed: it returned this, or threw something that is no riser::error, which the throwing forms of calls
/// rethrow as it was.
class host_error : public error {
public:
    explicit host_error(const error& failure) noexcept : error(failure) {}
    RISER_INLINE explicit host_error(std::string_view message, std::exception_ptr exception = nullptr) noexcept;
    [[nodiscard]] RISER_INLINE std::exception_ptr exception() const noexcept; ///< null where nothing was thrown
};

// What copies of the errors share.
namespace core::runtime {

struct compile_error_state : error_state {
    /// Where something is in the message.
    struct extent {
        std::size_t begin;
        std::size_t size;
    };
    compile_error_state(const void* tag_, text message_, const extent& described_, compile_error::reason why_,
                        std::size_t offset_, std::optional<std::uint32_t> function_) noexcept
        : error_state(tag_, std::move(message_)), described(described_), why(why_), offset(offset_),
          function(function_) {}
    extent described;
    compile_error::reason why;
    std::size_t offset;
    std::optional<std::uint32_t> function;
};

/// An unsatisfied_import.
struct import_texts {
    text module;
    text name;
    text expected;
    text found;
};

struct link_error_state : error_state {
    link_error_state(const void* tag_, text message_, vector<import_texts> unsatisfied_) noexcept
        : error_state(tag_, std::move(message_)), unsatisfied(std::move(unsatisfied_)) {}
    vector<import_texts> unsatisfied;
};

struct trap_state : error_state {
    trap_state(const void* tag_, text message_, trap_kind kind_, trap_record record_) noexcept
        : error_state(tag_, std::move(message_)), kind(kind_), record(std::move(record_)) {}
    trap_kind kind;
    trap_record record;
};

struct host_error_state : error_state {
    host_error_state(const void* tag_, text message_, std::exception_ptr exception_) noexcept
        : error_state(tag_, std::move(message_)), exception(std::move(exception_)) {}
    std::exception_ptr exception;
};

/// The text of a trap: the kind's wording first, then details if there are any.
[[nodiscard, gnu::cold, gnu::noinline]] inline error make_trap(trap_kind kind, std::string_view details,
                                                               trap_record record) noexcept {
    const std::string_view wording = to_string(kind);
    text message(details.starts_with(wording) ? "" : wording);
    message.append(message.empty() || details.empty() ? "" : ": ").append(details);
    return error::from_state(make_error_state<trap, trap_state>(std::move(message), kind, std::move(record)));
}

} // namespace core::runtime

#if defined(__cpp_exceptions)
namespace core::runtime {

/// Throws `failure` as the class it belongs to; what a host function threw, as it was.
[[noreturn, gnu::cold]] inline void raise(const riser::error& failure) {
    if (failure.is<host_error>()) {
        const host_error thrown(failure);
        if (thrown.exception()) {
            std::rethrow_exception(thrown.exception());
        }
        throw thrown;
    }
    if (failure.is<trap>()) {
        throw trap(failure);
    }
    if (failure.is<compile_error>()) {
        throw compile_error(failure);
    }
    if (failure.is<link_error>()) {
        throw link_error(failure);
    }
    if (failure.is<usage_error>()) {
        throw usage_error(failure);
    }
    if (failure.is<resource_error>()) {
        throw resource_error(failure);
    }
    if (failure.state() && failure.state()->raise != nullptr) {
        failure.state()->raise(failure);
    }
    throw error(failure);
}

} // namespace core::runtime
#endif

/// A value, or the error that there is instead. `value()` throws the error as the class it belongs to; it does not exist
/// where exceptions are off.
template <class T>
class [[nodiscard]] result {
public:
    using value_type = T;

    result(T value) : value_(std::move(value)), has_value_(true) {}
    result(riser::error failure) noexcept : has_value_(false), error_(std::move(failure)) {}
    result(const result& other)
        requires std::copy_constructible<T>
        : has_value_(other.has_value_), error_(other.error_) {
        if (has_value_) {
            ::new (static_cast<void*>(&value_)) T(other.value_);
        }
    }
    result(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>)
        : has_value_(other.has_value_), error_(std::move(other.error_)) {
        if (has_value_) {
            ::new (static_cast<void*>(&value_)) T(std::move(other.value_));
        }
    }
    result& operator=(const result& other)
        requires std::copy_constructible<T>
    {
        result copy(other);
        *this = std::move(copy);
        return *this;
    }
    result& operator=(result&& other) noexcept(std::is_nothrow_move_constructible_v<T>) {
        if (this != &other) {
            this->~result();
            ::new (static_cast<void*>(this)) result(std::move(other));
        }
        return *this;
    }
    ~result() {
        if (has_value_) {
            value_.~T();
        }
    }

    [[nodiscard]] bool has_value() const noexcept { return has_value_; }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value_; }
    [[nodiscard]] const riser::error& error() const noexcept { return error_; }

    // Undefined where there is no value.
    [[nodiscard]] T& operator*() & noexcept { return value_; }
    [[nodiscard]] const T& operator*() const& noexcept { return value_; }
    [[nodiscard]] T&& operator*() && noexcept { return std::move(value_); }
    [[nodiscard]] T* operator->() noexcept { return &value_; }
    [[nodiscard]] const T* operator->() const noexcept { return &value_; }

#if defined(__cpp_exceptions)
    [[nodiscard]] T& value() & {
        check();
        return value_;
    }
    [[nodiscard]] const T& value() const& {
        check();
        return value_;
    }
    [[nodiscard]] T value() && {
        check();
        return std::move(value_);
    }
#endif

private:
#if defined(__cpp_exceptions)
    void check() const {
        if (!has_value_) [[unlikely]] {
            core::runtime::raise(error_);
        }
    }
#endif

    // A std::optional would be forty functions more to compile for each T.
    union {
        T value_;
    };
    bool has_value_;
    riser::error error_;
};

template <>
class [[nodiscard]] result<void> {
public:
    using value_type = void;

    result() noexcept = default;
    result(riser::error failure) noexcept : error_(std::move(failure)) {}

    [[nodiscard]] bool has_value() const noexcept { return !error_.state(); }
    [[nodiscard]] explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] const riser::error& error() const noexcept { return error_; }

#if defined(__cpp_exceptions)
    void value() const {
        if (!has_value()) [[unlikely]] {
            core::runtime::raise(error_);
        }
    }
#endif

private:
    riser::error error_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/error.hpp"
#endif
