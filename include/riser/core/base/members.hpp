#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

// The members of aggregates, which C++20 does not list: counted by how many `{}` initialise one, named by structured bindings.

namespace riser::inline v0_1::core {

/// Converts to a base class of T: aggregates without one cannot be initialised by it.
template <class T>
struct base_of {
    template <class Base>
        requires(std::is_base_of_v<Base, T> && !std::is_same_v<Base, T>)
    operator Base() const noexcept; // never defined
};

template <class T>
concept has_base = requires { T{base_of<T>{}}; };
template <class T>
concept has_members = requires { T{{}}; };
template <class T>
concept has_too_many_members = requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; };

/// Aggregates whose members visit_members() knows: one to sixteen, neither references nor const, and no base class. Bit-fields,
/// anonymous unions and flexible arrays cannot be told in advance, and do not compile (in clang, the last has an array's type).
template <class T>
concept has_known_members =
    std::is_aggregate_v<T> && std::is_class_v<T> && std::is_copy_assignable_v<T> && has_members<T> &&
    !std::is_empty_v<T> && !has_base<T> && !has_too_many_members<T> && !requires { std::tuple_size<T>::value; };

/// Calls `visit` with references to all members of `whole`.
template <class Whole, class Visit>
    requires has_known_members<std::remove_const_t<Whole>>
constexpr auto visit_members(Whole& whole, const Visit& visit) {
    using T = std::remove_const_t<Whole>;
    if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15, m16);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9, m10] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9, m10);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8, m9] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8, m9);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7, m8] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7, m8);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6, m7] = whole;
        return visit(m1, m2, m3, m4, m5, m6, m7);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5, m6] = whole;
        return visit(m1, m2, m3, m4, m5, m6);
    } else if constexpr (requires { T{{}, {}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4, m5] = whole;
        return visit(m1, m2, m3, m4, m5);
    } else if constexpr (requires { T{{}, {}, {}, {}}; }) {
        auto& [m1, m2, m3, m4] = whole;
        return visit(m1, m2, m3, m4);
    } else if constexpr (requires { T{{}, {}, {}}; }) {
        auto& [m1, m2, m3] = whole;
        return visit(m1, m2, m3);
    } else if constexpr (requires { T{{}, {}}; }) {
        auto& [m1, m2] = whole;
        return visit(m1, m2);
    } else if constexpr (requires { T{{}}; }) {
        auto& [m1] = whole;
        return visit(m1);
    }
}

template <class... Ts>
struct type_list {};

/// For visit_members: the members' types.
struct list_types {
    template <class... Members>
    constexpr type_list<std::remove_cv_t<Members>...> operator()(const volatile Members&...) const noexcept {
        return {};
    }
};
template <has_known_members T>
using types_of_members = decltype(visit_members(std::declval<T&>(), list_types()));

} // namespace riser::inline v0_1::core
