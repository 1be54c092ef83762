#pragma once

#include "riser/core/api/host_callable.hpp"
#include "riser/function.hpp"
#include "riser/fwd.hpp"
#include "riser/store.hpp"
#include "riser/value.hpp"

#include <utility>

namespace riser::inline v0_1 {

/// A host function in one store, to be imported or called from there; see linker::define for what `callable` may be.
/// Functions for many stores belong in a linker.
template <class F, bool Catches = core::runtime::catches_exceptions>
[[nodiscard]] function make_function(store& where, F callable) {
    const auto made = core::runtime::bind_host<Catches>(core::runtime::engine_of(where.data()), std::move(callable));
    return function(made->object, where.data());
}

/// The same with a type known at run time: `callable(caller&, std::span<const value>, std::span<value>)` returns void or
/// result<void>.
template <class F, bool Catches = core::runtime::catches_exceptions>
[[nodiscard]] function make_function(store& where, const function_type& type, F callable) {
    const auto made =
        core::runtime::bind_untyped_host<Catches>(core::runtime::engine_of(where.data()), type, std::move(callable));
    return function(made->object, where.data());
}

/// The same of a member function; see linker::define for what `object` may be.
template <core::runtime::member_function Member, class Object, bool Catches = core::runtime::catches_exceptions>
[[nodiscard]] function make_function(store& where, Member member, Object&& object) {
    return make_function<core::runtime::member_of<Member, Object>, Catches>(
        where, core::runtime::bind_member(member, std::forward<Object>(object)));
}

} // namespace riser::inline v0_1
