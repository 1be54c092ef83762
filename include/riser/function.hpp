#pragma once

#include "riser/config.hpp"
#include "riser/core/api/native_types.hpp"
#include "riser/core/api/refused_types.hpp"
#include "riser/error.hpp"
#include "riser/fwd.hpp"
#include "riser/value.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace riser::inline v0_1 {

namespace core::runtime {

/// Calls `callee` in `store`; the caller keeps both alive. \param slots has its parameters, and its results afterwards.
/// \returns false where the call did not return; then take_error says why.
[[nodiscard]] RISER_INLINE bool invoke(store_data& store, function_object& callee, std::uint64_t* slots,
                                       std::uint32_t parameter_slots, std::uint32_t result_slots);
[[nodiscard]] RISER_INLINE error take_error(store_data& store);
[[nodiscard]] RISER_INLINE error wrong_store();

} // namespace core::runtime

/// A function of an instance or of the host (Core specification 4.2.6). A handle, of its store's thread. What is done with one
/// that was moved from is a usage_error.
class function {
public:
    [[nodiscard]] RISER_INLINE function_type_view type() const;

    /// Calls it. Numbers and types of `arguments` and `results` must be those of type(); see resize_for.
    /// \returns trap, usage_error, or what a host function failed with.
    RISER_INLINE result<void> try_call(std::span<const value> arguments, std::span<value> results) const;
    /// The same with the results as a vector, which takes `operator new`.
    [[nodiscard]] RISER_INLINE result<std::vector<value>> try_call(std::span<const value> arguments) const;
#if defined(__cpp_exceptions)
    void call(std::span<const value> arguments, std::span<value> results) const {
        try_call(arguments, results).value();
    }
    [[nodiscard]] std::vector<value> call(std::span<const value> arguments) const {
        return try_call(arguments).value();
    }
    template <class Signature>
    [[nodiscard]] typed_function<Signature> typed() const {
        return try_typed<Signature>().value();
    }
#endif
    /// Checks the signature once; calls through the typed function check nothing but the stores of references.
    /// \returns usage_error where the type is another.
    template <class Signature>
    [[nodiscard]] result<typed_function<Signature>> try_typed() const;

    function(const function& other) noexcept : object_(other.object_), store_(other.store_) { retain(); }
    function(function&& other) noexcept
        : object_(std::exchange(other.object_, nullptr)), store_(std::exchange(other.store_, nullptr)) {}
    function& operator=(function other) noexcept {
        std::swap(object_, other.object_);
        std::swap(store_, other.store_);
        return *this;
    }
    ~function() { release(); }

    function(core::runtime::function_object& object, core::runtime::store_data& store) noexcept
        : object_(&object), store_(&store) {
        retain();
    }
    [[nodiscard]] core::runtime::function_object& object() const {
        check();
        return *object_;
    }
    [[nodiscard]] core::runtime::store_data& store() const {
        check();
        return *store_;
    }
    [[nodiscard]] bool is_moved_from() const noexcept { return object_ == nullptr; }
    friend bool operator==(const function& a, const function& b) noexcept { return a.object_ == b.object_; }

private:
    friend class external_value;
    template <class Signature>
    friend class typed_function;
    function() noexcept = default; ///< of nothing

    void check() const {
        if (object_ == nullptr) [[unlikely]] {
            core::runtime::throw_or_end(core::runtime::moved_from("function"));
        }
    }
    RISER_INLINE void retain() const noexcept;
    RISER_INLINE void release() const noexcept;

    core::runtime::function_object* object_ = nullptr;
    core::runtime::store_data* store_ = nullptr;
};

/// A function whose signature was checked when this was made: calls convert nothing at run time.
///
/// Parameters and results are integers of 32 and 64 bits, enumerations, float, double, riser::v128, riser::ref<T>; several
/// results are a std::tuple.
template <class R, class... Args>
class typed_function<R(Args...)> {
public:
    /// \returns trap, or what a host function failed with.
    result<R> try_call(Args... arguments) const {
        using core::runtime::native_type;
        const function callee = callee_; // which a host function may drop, with this object, while it runs
        // All slots have one place, in which the parameters are replaced by the results.
        constexpr std::uint32_t parameters = (0 + ... + native_type<Args>::slots);
        constexpr std::uint32_t results = core::runtime::native_results<R>::slots;
        if (callee.object_ == nullptr) [[unlikely]] {
            return core::runtime::moved_from("function");
        }
        core::runtime::store_data& store = *callee.store_;
        if (!(native_type<Args>::fits(arguments, &store) && ...)) [[unlikely]] {
            return core::runtime::wrong_store();
        }
        std::uint64_t slots[(parameters > results ? parameters : results) + 1];
        [[maybe_unused]] std::uint64_t* at = slots;
        ((native_type<Args>::write(at, arguments), at += native_type<Args>::slots), ...);
        if (!core::runtime::invoke(store, *callee.object_, slots, parameters, results)) [[unlikely]] {
            return core::runtime::take_error(store);
        }
        if constexpr (std::is_void_v<R>) {
            return {};
        } else {
            return core::runtime::native_results<R>::read(slots, &store);
        }
    }
#if defined(__cpp_exceptions)
    R operator()(Args... arguments) const { return try_call(arguments...).value(); }
#endif

    [[nodiscard]] const function& untyped() const noexcept { return callee_; }

private:
    friend class function;
    explicit typed_function(function callee) noexcept : callee_(std::move(callee)) {}
    function callee_;
};

namespace core::runtime {

template <class Signature>
struct native_signature;

template <class R, class... Args>
struct native_signature<R(Args...)> {
    [[nodiscard]] static function_type_view type() noexcept {
        return {parameters(std::index_sequence_for<Args...>()), native_results<R>::list::view()};
    }

private:
    template <std::size_t... I>
    [[nodiscard]] static core::wasm::type_list parameters(std::index_sequence<I...>) noexcept {
        return native_list<typename parameter_of_typed_function<I + 1, Args>::type...>::view();
    }
};

/// Why a function cannot be called as `asked`.
[[nodiscard]] RISER_INLINE error wrong_signature(const store_data& store, const function_type_view& asked,
                                                 const function_type_view& actual);

} // namespace core::runtime

template <class Signature>
result<typed_function<Signature>> function::try_typed() const {
    if (object_ == nullptr) [[unlikely]] {
        return core::runtime::moved_from("function");
    }
    const function_type_view asked = core::runtime::native_signature<Signature>::type();
    if (asked != type()) {
        return core::runtime::wrong_signature(*store_, asked, type());
    }
    return typed_function<Signature>(*this);
}

} // namespace riser::inline v0_1

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/function.hpp"
#endif
