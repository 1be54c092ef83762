#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <typeinfo>

namespace riser::inline v0_1 {

/// Gives a class a name by which all shared objects of a process know it, also those that were built without run-time type
/// information: the class has a member `static constexpr riser::process_name<its own type> name_in_process{"acme::session"}`.
template <class T>
struct process_name {
    const char* text;
};

namespace core {

/// Identifies a type. Shared objects that do not share symbols have one each for a type, so that names decide where addresses
/// differ.
struct type_key {
    const char* name = nullptr;           ///< the class's own process_name, if it has one
    const std::type_info* info = nullptr; ///< null without run-time type information
    std::string_view spelling;            ///< as the compiler writes it, for messages
};

/// A base's name is not the class's own.
template <class T>
concept has_process_name = requires { requires std::is_same_v<decltype(T::name_in_process), const process_name<T>>; };

template <class T>
[[nodiscard]] consteval auto spelling_of() noexcept {       // `auto`: GCC explains the names of a signature, too
    constexpr std::string_view whole = __PRETTY_FUNCTION__; // "… [with T = int]" of GCC, "… [T = int]" of clang
    constexpr std::size_t begin = whole.find("T = ") + 4;
    return whole.substr(begin, whole.rfind(']') - begin);
}

template <class T>
[[nodiscard]] consteval type_key make_type_key() noexcept {
    type_key key;
    key.spelling = spelling_of<T>();
    if constexpr (has_process_name<T>) {
        key.name = T::name_in_process.text;
    }
#if defined(__cpp_rtti)
    key.info = &typeid(T);
#endif
    return key;
}

template <class T>
inline constexpr type_key type_key_of = make_type_key<T>();

/// Whether the mangled name means the same type everywhere: it is no function's own and no lambda's, and no unnamed namespace and no
/// static function is part of it (Itanium C++ ABI 5.1.2, 5.1.6 and 5.1.7). Two libraries may have functions of one name.
[[nodiscard, gnu::cold, gnu::noinline]] inline bool is_global_name(std::string_view mangled) noexcept {
    const auto has = [&](std::string_view part) { return mangled.find(part) != std::string_view::npos; };
    return !mangled.starts_with('Z') && !mangled.starts_with("Ul") && !mangled.starts_with("Ut") && !has("$_") &&
           !has("_GLOBAL__N_") && !has("ZL");
}

/// Are these keys of one type? Types that only one translation unit can name are the same only where the keys are one object.
[[nodiscard, gnu::cold, gnu::noinline]] inline bool is_same_type(const type_key& a, const type_key& b) noexcept {
    if (&a == &b) {
        return true;
    }
    if (a.name != nullptr || b.name != nullptr) {
        return a.name != nullptr && b.name != nullptr && std::strcmp(a.name, b.name) == 0;
    }
    return a.info != nullptr && b.info != nullptr && std::strcmp(a.info->name(), b.info->name()) == 0 &&
           is_global_name(a.info->name());
}

} // namespace core
} // namespace riser::inline v0_1
