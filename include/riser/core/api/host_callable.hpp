#pragma once

#include "riser/caller.hpp"
#include "riser/config.hpp"
#include "riser/core/api/host_parameter.hpp"
#include "riser/core/api/native_types.hpp"
#include "riser/core/base/vector.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/store/host_definition.hpp"
#include "riser/error.hpp"
#include "riser/function.hpp"

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

// From C++ callables to host functions that the interpreter can call.

namespace riser::inline v0_1::core::runtime {

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
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...)&> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...) const&> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...) & noexcept> : callable_traits<R (*)(Args...)> {};
template <class C, class R, class... Args>
struct callable_traits<R (C::*)(Args...) const & noexcept> : callable_traits<R (*)(Args...)> {};

template <class Member>
concept member_function = std::is_member_function_pointer_v<Member>;

template <class Member>
struct class_of;
template <class Function, class C>
struct class_of<Function C::*> {
    using type = C;
};

/// A member function with its object: that itself, or what refers to it.
template <class Member, class Object>
struct bound_member {
    using object_class = typename class_of<Member>::type;

    template <class... Args>
    decltype(auto) operator()(Args&&... args) {
        if constexpr (!std::is_base_of_v<object_class, Object> && requires { *object; }) {
            return ((*object).*member)(std::forward<Args>(args)...);
        } else {
            return (static_cast<object_class&>(object).*member)(std::forward<Args>(args)...);
        }
    }

    Member member;
    Object object;
};
template <class Member, class Object>
struct callable_traits<bound_member<Member, Object>> : callable_traits<Member> {};

/// What bind_member makes: an object that is no temporary is bound by its address, everything else is in the callable.
template <class Member, class Object>
using member_of =
    bound_member<Member,
                 std::conditional_t<std::is_lvalue_reference_v<Object> &&
                                        std::is_base_of_v<typename class_of<Member>::type, std::remove_cvref_t<Object>>,
                                    std::remove_reference_t<Object>*, std::remove_cvref_t<Object>>>;

template <member_function Member, class Object>
[[nodiscard]] member_of<Member, Object> bind_member(Member member, Object&& object) {
    if constexpr (std::is_same_v<decltype(member_of<Member, Object>::object), std::remove_reference_t<Object>*>) {
        return {member, &object};
    } else {
        return {member, std::forward<Object>(object)};
    }
}

template <class F>
concept has_one_signature = requires { typename callable_traits<F>::result_type; };

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
    static_assert(
        has_one_signature<F>,
        "not a callable with one signature: overloaded and generic callables are ambiguous here, and of a body that "
        "does not compile the result is not known");
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

    /// The position counts from 1, riser::caller& included.
    template <std::size_t I, class T>
    using parameter =
        typename parameter_of_host_function<I + 1 + (without_caller<all_parameters>::wants_caller ? 1 : 0), T>::type;

    [[nodiscard]] static function_type_view signature() noexcept {
        return []<class... Ts, std::size_t... I>(const std::tuple<std::type_identity<Ts>...>&,
                                                 std::index_sequence<I...>) -> function_type_view {
            using list = decltype((native_list<>() + ... + typename parameter<I, Ts>::list()));
            return {list::view(),
                    native_results<typename host_results<typename traits::result_type>::values>::list::view()};
        }(parameters(), std::make_index_sequence<std::tuple_size_v<parameters>>());
    }

    static bool call_checked(host_function& self, execution_context& context, std::uint64_t* slots) {
        return call_catching<Catches>(
            context, [&] { return static_cast<bound_host&>(self).call_with(context, slots, parameters()); });
    }

    F callable;

private:
    template <class... Ts>
    bool call_with(execution_context& context, std::uint64_t* slots, const std::tuple<std::type_identity<Ts>...>&) {
        return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return call_made_of<parameter<I, Ts>...>(context, slots, std::index_sequence<I...>());
        }(std::index_sequence_for<Ts...>());
    }

    template <class... Parameters, std::size_t... I>
    bool call_made_of(execution_context& context, std::uint64_t* slots, std::index_sequence<I...>) {
        // Where each parameter begins.
        constexpr std::uint32_t sizes[] = {Parameters::slots..., 0};
        if (!(accept<Parameters>(context, slots + offset_of(sizes, I), I + 1) && ...)) [[unlikely]] {
            return false;
        }
        caller who(context);
        if constexpr ((Parameters::may_fail || ...)) {
            // Braces evaluate from left to right.
            using arguments = std::tuple<decltype(Parameters::get(who, slots))...>;
            arguments made{Parameters::get(who, slots + offset_of(sizes, I))...};
            if (!(succeeded<Parameters>(context, std::get<I>(made)) && ...)) {
                return false;
            }
            return call_callable(who, slots, argument_of<Parameters>(std::get<I>(std::move(made)))...);
        } else {
            return call_callable(who, slots, Parameters::get(who, slots + offset_of(sizes, I))...);
        }
    }

    template <class... Args>
    bool call_callable(caller& who, std::uint64_t* slots, Args&&... arguments) {
        const auto invoke = [&]() -> decltype(auto) {
            if constexpr (without_caller<all_parameters>::wants_caller) {
                return callable(who, std::forward<Args>(arguments)...);
            } else {
                return callable(std::forward<Args>(arguments)...);
            }
        };
        if constexpr (std::is_void_v<typename traits::result_type>) {
            invoke();
            return true;
        } else {
            return finish_host(who.context(), slots, invoke());
        }
    }

    template <class Parameter>
    [[nodiscard]] static bool accept(execution_context& context, const std::uint64_t* at, std::size_t position) {
        if constexpr (requires { Parameter::range(at); }) {
            const guest_range range = Parameter::range(at);
            return accepts(context, range) || refuse_argument(context, range, position);
        } else {
            return true;
        }
    }
    template <class Parameter, class Made>
    [[nodiscard]] static bool succeeded(execution_context& context, const Made& made) {
        if constexpr (Parameter::may_fail) {
            return made || fail_host(context, made.error());
        } else {
            return true;
        }
    }
    template <class Parameter, class Made>
    [[nodiscard]] static decltype(auto) argument_of(Made&& made) noexcept {
        if constexpr (Parameter::may_fail) {
            return *std::forward<Made>(made);
        } else {
            return std::forward<Made>(made);
        }
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
