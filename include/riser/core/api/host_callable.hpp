#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/core/api/native_types.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/store/host_definition.hpp"
#include "riser/error.hpp"
#include "riser/function.hpp"
#include "riser/guest_span.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

// From C++ callables to host functions that the interpreter can call.

namespace riser::inline v0_1::core::runtime {

/// Ends the running call with `failure`: takes note of it in the store and the context. \returns false.
RISER_INLINE bool fail_host(execution_context& context, const error& failure);

/// The parameters and result of a callable.
template <class F>
struct callable_traits : callable_traits<decltype(&F::operator())> {};
template <class R, class... Args>
struct callable_traits<R (*)(Args...)> {
    using result_type = R;
    using parameters = std::tuple<std::type_identity<Args>...>;
};
template <class R, class... Args>
struct callable_traits<R (*)(Args...) noexcept> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...)> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...) const> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...) noexcept> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...) const noexcept> : callable_traits<R (*)(Args...)> {};

template <class F>
concept has_one_signature = requires { typename callable_traits<F>::result_type; };

/// How a parameter of a host function is made from slots: `slots`, `list` of its types, `accept` says whether it can be,
/// `get` does it.
template <class T>
struct host_parameter {
    using plain = std::remove_cvref_t<T>;
    static_assert(!std::is_pointer_v<plain>,
                  "a raw pointer means nothing to wasm: take an offset, a guest_span<T> or a ref<external>");
    static_assert(std::is_pointer_v<plain> || native<plain>,
                  "wasm cannot represent this parameter type (integers need 32 or 64 bits)");
    static_assert(!std::is_reference_v<T> || std::is_const_v<std::remove_reference_t<T>>,
                  "parameters are values: a host function cannot write to its caller's");

    static constexpr std::uint32_t slots = native_type<plain>::slots;
    using list = native_list<plain>;
    [[nodiscard]] static bool accept(const execution_context&, const std::uint64_t*) noexcept { return true; }
    [[nodiscard]] static plain get(const execution_context& context, const std::uint64_t* at) noexcept {
        return native_type<plain>::read(at, context.store);
    }
};

template <class T>
struct host_parameter<guest_span<T>> {
    static constexpr std::uint32_t slots = 2;
    using list = native_list<std::uint32_t, std::uint32_t>;
    [[nodiscard]] static bool accept(const execution_context& context, const std::uint64_t* at) noexcept {
        // Both are 32 bits wide and elements are smaller than 2^31 bytes: nothing wraps.
        return at[0] + at[1] * sizeof(T) <= host_memory(context).size();
    }
    [[nodiscard]] static guest_span<T> get(const execution_context& context, const std::uint64_t* at) noexcept {
        return guest_span<T>(host_memory(context).data() + at[0], static_cast<std::size_t>(at[1]));
    }
};

template <class T>
struct host_parameter<const guest_span<T>&> : host_parameter<guest_span<T>> {};

/// The results of a host function, whose type may be wrapped in riser::result.
template <class R>
struct host_results {
    using values = R;
    static constexpr bool may_fail = false;
};
template <class R>
struct host_results<result<R>> {
    using values = R;
    static constexpr bool may_fail = true;
};

/// Writes what a host function returned. \returns false where that was an error.
template <class R>
[[nodiscard]] bool finish_host(execution_context& context, std::uint64_t* slots, R&& returned) {
    using plain = std::remove_cvref_t<R>;
    using values = typename host_results<plain>::values;
    if constexpr (host_results<plain>::may_fail) {
        if (!returned) {
            return fail_host(context, returned.error());
        }
        if constexpr (!std::is_void_v<values>) {
            return finish_host(context, slots, *returned);
        }
    } else {
        if (!native_results<values>::fits(returned, context.store)) {
            return fail_host(context, wrong_store());
        }
        native_results<values>::write(slots, returned);
    }
    return true;
}

/// Whether host functions that this translation unit binds may throw. It is an argument of every template from
/// linker::define to bound_host: units with and without exceptions make different functions then, of which the linker keeps
/// both.
#if defined(__cpp_exceptions)
constexpr bool catches_exceptions = true;
#else
constexpr bool catches_exceptions = false;
#endif

/// Calls `body`, which returns false where it failed. What it throws ends the running call, if `Catches`.
template <bool Catches, class Body>
[[nodiscard]] bool call_catching([[maybe_unused]] execution_context& context, const Body& body) {
#if defined(__cpp_exceptions)
    if constexpr (Catches) {
        try {
            return body();
        } catch (const error& failure) {
            return fail_host(context, failure);
        } catch (const std::exception& exception) {
            return fail_host(context, host_error(exception.what(), std::current_exception()));
        } catch (...) {
            return fail_host(context, host_error("a host function threw", std::current_exception()));
        }
    }
#endif
    return body();
}

template <class F, bool Catches>
struct bound_host final : host_definition {
    static_assert(has_one_signature<F>,
                  "not a callable with one signature: overloaded and generic callables are ambiguous here");
    using traits = callable_traits<F>;
    using all_parameters = typename traits::parameters;

    explicit bound_host(F&& callable_) : callable(std::move(callable_)) {}

    template <class Tuple>
    struct without_caller {
        using type = Tuple;
        static constexpr bool wants_caller = false;
    };
    template <class... Rest>
    struct without_caller<std::tuple<std::type_identity<caller&>, Rest...>> {
        using type = std::tuple<Rest...>;
        static constexpr bool wants_caller = true;
    };
    using parameters = typename without_caller<all_parameters>::type;

    [[nodiscard]] static function_type_view signature() noexcept {
        return []<class... Ts>(const std::tuple<std::type_identity<Ts>...>&) -> function_type_view {
            using list = decltype((native_list<>() + ... + typename host_parameter<Ts>::list()));
            return {list::view(),
                    native_results<typename host_results<typename traits::result_type>::values>::list::view()};
        }(parameters());
    }

    static bool call_checked(host_function& self, execution_context& context, std::uint64_t* slots) {
        return call_catching<Catches>(
            context, [&] { return static_cast<bound_host&>(self).call_with(context, slots, parameters()); });
    }

    F callable;

private:
    template <class... Ts>
    bool call_with(execution_context& context, std::uint64_t* slots, const std::tuple<std::type_identity<Ts>...>&) {
        // Where each parameter begins.
        constexpr std::uint32_t sizes[] = {host_parameter<Ts>::slots..., 0};
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            if (!(host_parameter<Ts>::accept(context, slots + offset_of(sizes, I)) && ...)) [[unlikely]] {
                return fail_host(context, trap(trap_kind::memory_out_of_bounds));
            }
            caller who(context);
            const auto invoke = [&]() -> decltype(auto) {
                if constexpr (without_caller<all_parameters>::wants_caller) {
                    return callable(who, host_parameter<Ts>::get(context, slots + offset_of(sizes, I))...);
                } else {
                    return callable(host_parameter<Ts>::get(context, slots + offset_of(sizes, I))...);
                }
            };
            if constexpr (std::is_void_v<typename traits::result_type>) {
                invoke();
                return true;
            } else {
                return finish_host(context, slots, invoke());
            }
        }(std::index_sequence_for<Ts...>());
    }

    template <std::size_t N>
    [[nodiscard]] static constexpr std::uint32_t offset_of(const std::uint32_t (&sizes)[N],
                                                           std::size_t index) noexcept {
        std::uint32_t offset = 0;
        for (std::size_t i = 0; i < index; ++i) {
            offset += sizes[i];
        }
        return offset;
    }
};

/// A host function of a callable's own signature.
template <bool Catches, class F>
[[nodiscard]] shared_ref<host_definition> bind_host(const shared_ref<engine_state>& engine, F callable) {
    using bound = bound_host<F, Catches>;
    auto* const made = new bound(std::move(callable));
    made->call = bound::call_checked;
    if constexpr (requires { F::needs_exported_memory; }) {
        made->needs_exported_memory = F::needs_exported_memory;
    }
    complete_definition(*made, engine, bound::signature());
    return shared_ref<host_definition>::adopt(made);
}

/// The values that a host function of dynamic type was called with, and room for its results.
class untyped_call {
public:
    RISER_INLINE untyped_call(const host_definition& definition, execution_context& context) noexcept;
    /// Reads the arguments. \returns false where there is no memory for them.
    [[nodiscard]] RISER_INLINE bool begin(const std::uint64_t* slots);
    /// Writes the results. \returns false where they do not have the right types.
    [[nodiscard]] RISER_INLINE bool finish(std::uint64_t* slots);

    [[nodiscard]] std::span<const value> arguments() const noexcept { return {arguments_.begin(), arguments_.end()}; }
    [[nodiscard]] std::span<value> results() noexcept { return {results_.begin(), results_.end()}; }

private:
    const host_definition* definition_;
    execution_context* context_;
    vector<value> arguments_;
    vector<value> results_;
};

/// A callable of dynamic type, as the typed binding sees it: it takes nothing it knows of.
template <class F, bool Catches>
struct bound_untyped_host final : host_definition {
    explicit bound_untyped_host(F&& callable_) : callable(std::move(callable_)) {}

    static bool call_checked(host_function& self, execution_context& context, std::uint64_t* slots) {
        return call_catching<Catches>(context,
                                      [&] { return static_cast<bound_untyped_host&>(self).call_with(context, slots); });
    }

    F callable;

private:
    bool call_with(execution_context& context, std::uint64_t* slots) {
        untyped_call running(*this, context);
        if (!running.begin(slots)) {
            return fail_host(context, trap(trap_kind::out_of_memory));
        }
        caller who(context);
        using returned = std::invoke_result_t<F&, caller&, std::span<const value>, std::span<value>>;
        if constexpr (std::is_void_v<returned>) {
            callable(who, running.arguments(), running.results());
        } else {
            const result<void> outcome = callable(who, running.arguments(), running.results());
            if (!outcome) {
                return fail_host(context, outcome.error());
            }
        }
        return running.finish(slots);
    }
};

/// A host function whose type is known at run time.
template <bool Catches, class F>
[[nodiscard]] shared_ref<host_definition> bind_untyped_host(const shared_ref<engine_state>& engine,
                                                            const function_type& type, F callable) {
    static_assert(std::is_invocable_v<F&, caller&, std::span<const value>, std::span<value>>,
                  "the callable takes (riser::caller&, std::span<const riser::value>, std::span<riser::value>)");
    using bound = bound_untyped_host<F, Catches>;
    auto* const made = new bound(std::move(callable));
    made->call = bound::call_checked;
    complete_definition(*made, engine, type);
    return shared_ref<host_definition>::adopt(made);
}

} // namespace riser::inline v0_1::core::runtime

#if !defined(RISER_SEPARATE_COMPILATION) || defined(RISER_SOURCE)
#    include "riser/core/api/bind_host.hpp"
#endif
