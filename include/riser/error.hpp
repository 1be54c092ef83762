#pragma once

#include "riser/config.hpp"
#include "riser/core/base/references.hpp"
#include "riser/core/base/text.hpp"
#include "riser/core/base/type_key.hpp"
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

/// Base of everything the engine throws, and what a `result` holds instead of a value. Copies share one immutable state,
/// which knows which class the error belongs to: `as<riser::trap>()` gets it back from a plain `error`. May be copied to
/// and read by any thread.
class error : public std::exception {
public:
    /// What the constructors by which `as` makes an E of an error take beside it, so that nobody else makes an E of what is none:
    /// `E(const error& failure, error::key)`.
    class key {
        friend class error;
        key() noexcept = default;
    };

    /// An empty error: no state, no class.
    error() noexcept = default;

    // No move empties it: a result<void> takes an empty error for success.
    error(const error&) noexcept = default;
    error(error&& other) noexcept { *this = other; }
    error& operator=(const error&) noexcept = default;
    error& operator=(error&& other) noexcept { return *this = other; }
    ~error() override = default;

    [[nodiscard]] RISER_INLINE const char* what() const noexcept override;
    [[nodiscard]] std::string_view message() const noexcept { return what(); }

    /// Is this an E? E is a class derived from `error`, or `error` itself.
    template <class E>
    [[nodiscard]] bool is() const noexcept;

    /// As an E; empty where it is not one.
    template <class E>
    [[nodiscard]] std::optional<E> as() const {
        return is<E>() ? std::optional<E>(E(*this, key())) : std::nullopt;
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
    error_state(const type_key* type_, text message_) noexcept : type(type_), message(std::move(message_)) {}
    error_state(const type_key* type_, std::string_view message_) noexcept : type(type_), message(message_) {}
    error_state(const error_state& other) : type(other.type), message(other.message), raise(other.raise) {}
    error_state& operator=(const error_state&) = delete;
    virtual ~error_state() = default;

    const type_key* type; ///< of the class
    text message;
    void (*raise)(const riser::error&) = nullptr; ///< throws the class; null where made without exceptions
    mutable std::atomic<std::uint32_t> references{1};
};

#if defined(__cpp_exceptions)
template <class E>
[[noreturn]] void raise_as(const riser::error& failure) {
    throw *failure.as<E>();
}

#endif

/// What an error becomes for which there is no memory: a resource_error. Never ends.
[[nodiscard]] RISER_INLINE shared_ref<const error_state> out_of_memory_state() noexcept;

/// For the constructors of classes derived from riser::error. Where there is no memory, the error is none of its class: see
/// error::is.
template <class E, class State, class... Args>
[[nodiscard]] shared_ref<const error_state> make_error_state(Args&&... args) {
    auto* const state = new (std::nothrow) State(&type_key_of<E>, std::forward<Args>(args)...);
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
    return std::is_same_v<E, error> || (state_ && core::is_same_type(*state_->type, core::type_key_of<E>));
}

/// A module was refused: it is malformed, invalid, too large, or uses what this build cannot run.
class compile_error : public error {
public:
    static constexpr process_name<compile_error> name_in_process{"riser::compile_error"};

    enum class reason : std::uint8_t {
        malformed,   ///< the bytes are not a module (Core specification, chapter 5)
        invalid,     ///< the module does not validate (chapter 3)
        unsupported, ///< valid, but uses an instruction this build cannot run
        limit,       ///< valid, but larger than an implementation limit (riser/limits.hpp)
    };

    compile_error(const error& failure, key) noexcept : error(failure) {}
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
    static constexpr process_name<link_error> name_in_process{"riser::link_error"};

    link_error(const error& failure, key) noexcept : error(failure) {}
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

/// A call into wasm ended early (Core specification 4.2.13 and 4.6). `what()` ends with the innermost function of wasm:
/// "unreachable (in function 3, main)"; the first who asks makes it.
class trap : public error {
public:
    static constexpr process_name<trap> name_in_process{"riser::trap"};

    trap(const error& failure, key) noexcept : error(failure) {}
    /// For host functions, to end the call; `message` defaults to the kind's wording.
    RISER_INLINE explicit trap(trap_kind kind, std::string_view message = {}) noexcept;

    [[nodiscard]] RISER_INLINE trap_kind kind() const noexcept;
    /// Innermost first, at most 64 frames. Byte offsets are computed here, which takes a translation of each function.
    [[nodiscard]] RISER_INLINE std::vector<trap_frame> backtrace() const;
};

/// The program asked for what is not there: no such export, another type than stated, arguments that do not match.
class usage_error : public error {
public:
    static constexpr process_name<usage_error> name_in_process{"riser::usage_error"};

    usage_error(const error& failure, key) noexcept : error(failure) {}
    RISER_INLINE explicit usage_error(std::string_view message) noexcept;
};

/// A file could not be read, memory ran out, or a limit was met.
class resource_error : public error {
public:
    static constexpr process_name<resource_error> name_in_process{"riser::resource_error"};

    enum class reason : std::uint8_t {
        memory,   ///< the engine's allocator, or `operator new`, has no more
        mappings, ///< the system, or engine_options, allows no more address space or mappings; or nothing to put there
        store_limit,  ///< riser::store_limits
        type_limit,   ///< the maximum of a memory's or table's own type, or what its addresses can count
        engine_limit, ///< what an engine can hold: numbers of types
        file,         ///< it cannot be opened or read, or is too large
    };

    resource_error(const error& failure, key) noexcept : error(failure) {}
    RISER_INLINE resource_error(reason why, std::string_view message) noexcept;
    explicit resource_error(std::string_view message) noexcept : resource_error(reason::memory, message) {}

    [[nodiscard]] RISER_INLINE reason why() const noexcept;
};

/// A host function failed: it returned this, or threw something that is no riser::error, which the throwing forms of calls
/// rethrow as it was.
class host_error : public error {
public:
    static constexpr process_name<host_error> name_in_process{"riser::host_error"};

    host_error(const error& failure, key) noexcept : error(failure) {}
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
    compile_error_state(const type_key* type_, text message_, const extent& described_, compile_error::reason why_,
                        std::size_t offset_, std::optional<std::uint32_t> function_) noexcept
        : error_state(type_, std::move(message_)), described(described_), why(why_), offset(offset_),
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
    link_error_state(const type_key* type_, text message_, vector<import_texts> unsatisfied_) noexcept
        : error_state(type_, std::move(message_)), unsatisfied(std::move(unsatisfied_)) {}
    vector<import_texts> unsatisfied;
};

struct trap_state : error_state {
    trap_state(const type_key* type_, text message_, trap_kind kind_, trap_record record_) noexcept
        : error_state(type_, std::move(message_)), kind(kind_), record(std::move(record_)) {}
    trap_state(const trap_state&) = delete;
    trap_state& operator=(const trap_state&) = delete;
    ~trap_state() override { delete located.load(std::memory_order_relaxed); }

    trap_kind kind;
    trap_record record;
    mutable std::atomic<const text*> located{nullptr}; ///< what() says; made by whoever asks first, see located_message
};

struct resource_error_state : error_state {
    resource_error_state(const type_key* type_, std::string_view message_, resource_error::reason why_) noexcept
        : error_state(type_, message_), why(why_) {}
    resource_error::reason why;
};

struct host_error_state : error_state {
    host_error_state(const type_key* type_, text message_, std::exception_ptr exception_) noexcept
        : error_state(type_, std::move(message_)), exception(std::move(exception_)) {}
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

/// Where `failure` is an E.
template <class E>
void throw_as(const riser::error& failure) {
    if (failure.is<E>()) {
        raise_as<E>(failure);
    }
}

/// Throws `failure` as the class it belongs to; what a host function threw, as it was.
[[noreturn, gnu::cold]] inline void raise(const riser::error& failure) {
    if (const auto thrown = failure.as<host_error>()) {
        if (thrown->exception()) {
            std::rethrow_exception(thrown->exception());
        }
        throw *thrown;
    }
    throw_as<trap>(failure);
    throw_as<compile_error>(failure);
    throw_as<link_error>(failure);
    throw_as<usage_error>(failure);
    throw_as<resource_error>(failure);
    if (failure.state() && failure.state()->raise != nullptr) {
        failure.state()->raise(failure);
    }
    throw error(failure);
}

} // namespace core::runtime
#endif

template <class T>
class result;

namespace core::runtime {

/// What a function does that has no result to return `failure` in: throws it as the class it belongs to; where exceptions are off,
/// writes its words to standard error and ends the process. Where some translation units of a program have exceptions and others
/// have not, the linker keeps one of the two: this is the only function of which that is true.
[[noreturn, gnu::cold]] RISER_INLINE void throw_or_end(const riser::error& failure);
/// The same with a usage_error.
[[noreturn, gnu::cold]] RISER_INLINE void misuse(const char* what);

/// The same with the trap of an element that is not there, which ends the call of a host function.
[[noreturn, gnu::cold]] RISER_INLINE void no_element(std::uint64_t index, std::uint64_t size);

/// A usage_error: a handle of `what` that was moved from refers to nothing.
[[nodiscard, gnu::cold]] RISER_INLINE riser::error moved_from(const char* what);

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

/// std::invoke with a value or nothing, without <functional>.
template <class F, class... Value>
decltype(auto) call_with(F&& function, Value&&... value) {
    if constexpr (std::is_member_function_pointer_v<std::remove_cvref_t<F>>) {
        return ((std::forward<Value>(value).*function)(), ...);
    } else if constexpr (std::is_member_object_pointer_v<std::remove_cvref_t<F>>) {
        return ((std::forward<Value>(value).*function), ...);
    } else {
        return std::forward<F>(function)(std::forward<Value>(value)...);
    }
}

/// What result::transform returns.
template <class F, class... Value>
[[nodiscard]] auto transformed(F&& function, Value&&... value)
    -> result<std::remove_cv_t<std::invoke_result_t<F, Value...>>> {
    if constexpr (std::is_void_v<std::invoke_result_t<F, Value...>>) {
        call_with(std::forward<F>(function), std::forward<Value>(value)...);
        return {};
    } else {
        return call_with(std::forward<F>(function), std::forward<Value>(value)...);
    }
}

/// The type of what result::and_then and or_else return.
template <class F, class... Value>
using next_result = std::remove_cvref_t<std::invoke_result_t<F, Value...>>;

} // namespace core::runtime

/// A value, or the error that there is instead: a std::expected whose error knows how to be thrown. `value()` throws the error as
/// the class it belongs to; it does not exist where exceptions are off.
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

    // Where there is no value, the error is thrown; where exceptions are off, the process ends with its words.
    [[nodiscard]] T& operator*() & {
        check();
        return value_;
    }
    [[nodiscard]] const T& operator*() const& {
        check();
        return value_;
    }
    [[nodiscard]] T&& operator*() && {
        check();
        return std::move(value_);
    }
    [[nodiscard]] T* operator->() {
        check();
        return &value_;
    }
    [[nodiscard]] const T* operator->() const {
        check();
        return &value_;
    }

#if defined(__cpp_exceptions)
    [[nodiscard]] T& value() & { return **this; }
    [[nodiscard]] const T& value() const& { return **this; }
    [[nodiscard]] T value() && { return *std::move(*this); }
#endif

    // What std::expected does under these names (C++ 22.8.6.6, 22.8.6.7).

    template <class U>
    [[nodiscard]] T value_or(U&& other) const& {
        return has_value_ ? value_ : static_cast<T>(std::forward<U>(other));
    }
    template <class U>
    [[nodiscard]] T value_or(U&& other) && {
        return has_value_ ? std::move(value_) : static_cast<T>(std::forward<U>(other));
    }

    /// A result with what `function` makes of the value; or the error.
    template <class F>
    auto transform(F&& function) & -> decltype(core::runtime::transformed(std::forward<F>(function), **this)) {
        if (!has_value_) {
            return error_;
        }
        return core::runtime::transformed(std::forward<F>(function), value_);
    }
    template <class F>
    auto transform(F&& function) const& -> decltype(core::runtime::transformed(std::forward<F>(function), **this)) {
        if (!has_value_) {
            return error_;
        }
        return core::runtime::transformed(std::forward<F>(function), value_);
    }
    template <class F>
    auto transform(F&& function) && -> decltype(core::runtime::transformed(std::forward<F>(function),
                                                                           *std::move(*this))) {
        if (!has_value_) {
            return error_;
        }
        return core::runtime::transformed(std::forward<F>(function), std::move(value_));
    }

    /// The result that `function` makes of the value; or the error.
    template <class F>
    core::runtime::next_result<F, T&> and_then(F&& function) & {
        static_assert(core::runtime::is_result<core::runtime::next_result<F, T&>>,
                      "the function returns a riser::result");
        if (!has_value_) {
            return error_;
        }
        return core::runtime::call_with(std::forward<F>(function), value_);
    }
    template <class F>
    core::runtime::next_result<F, const T&> and_then(F&& function) const& {
        static_assert(core::runtime::is_result<core::runtime::next_result<F, const T&>>,
                      "the function returns a riser::result");
        if (!has_value_) {
            return error_;
        }
        return core::runtime::call_with(std::forward<F>(function), value_);
    }
    template <class F>
    core::runtime::next_result<F, T> and_then(F&& function) && {
        static_assert(core::runtime::is_result<core::runtime::next_result<F, T>>,
                      "the function returns a riser::result");
        if (!has_value_) {
            return error_;
        }
        return core::runtime::call_with(std::forward<F>(function), std::move(value_));
    }

    /// The value; or the result that `function` makes of the error.
    template <class F>
    result or_else(F&& function) const& {
        return has_value_ ? *this : result(std::forward<F>(function)(error_));
    }
    template <class F>
    result or_else(F&& function) && {
        return has_value_ ? std::move(*this) : result(std::forward<F>(function)(error_));
    }

private:
    void check() const {
        if (!has_value_) [[unlikely]] {
            core::runtime::throw_or_end(error_);
        }
    }

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

    /// Where there is an error, it is thrown; where exceptions are off, the process ends with its words.
    void operator*() const {
        if (!has_value()) [[unlikely]] {
            core::runtime::throw_or_end(error_);
        }
    }

#if defined(__cpp_exceptions)
    void value() const { **this; }
#endif

    // As those of the other results.

    template <class F>
    auto transform(F&& function) const -> decltype(core::runtime::transformed(std::forward<F>(function))) {
        if (!has_value()) {
            return error_;
        }
        return core::runtime::transformed(std::forward<F>(function));
    }
    template <class F>
    core::runtime::next_result<F> and_then(F&& function) const {
        static_assert(core::runtime::is_result<core::runtime::next_result<F>>, "the function returns a riser::result");
        if (!has_value()) {
            return error_;
        }
        return std::forward<F>(function)();
    }
    template <class F>
    result or_else(F&& function) const {
        return has_value() ? *this : result(std::forward<F>(function)(error_));
    }

private:
    riser::error error_;
};

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/error.hpp"
#endif
