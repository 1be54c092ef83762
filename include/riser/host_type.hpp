#pragma once

namespace riser::inline v0_1 {

/// Specialise for a type of yours to make it a parameter or result of host functions and typed functions:
///
///     template <>
///     struct riser::host_type<celsius> {
///         using representation = double;            // what wasm sees
///         static celsius from(double degrees);      // out of wasm
///         static double to(const celsius& degrees); // into wasm
///     };
///
/// One of the two functions is enough where the type goes one way. As parameter of a host function, `representation` may be anything
/// that such a parameter may be, and `from` may take `riser::caller&` first, and may return riser::result: an error ends the call
/// before the host function runs. Elsewhere it is a number or vector.
template <class T>
struct host_type;

namespace core::runtime {

template <class T>
concept has_host_type = requires { typename host_type<T>::representation; };

} // namespace core::runtime
} // namespace riser::inline v0_1
