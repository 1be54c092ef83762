#pragma once

#include "riser/instance.hpp"
#include "riser/store.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace link_test {

inline constexpr std::string_view guest = R"((module
  (memory 1)
  (func $fib (export "fib") (param i32) (result i32)
    (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
      (then (local.get 0))
      (else
        (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "differs") (param f64 f64) (result i32) (f64.ne (local.get 0) (local.get 1)))
  (func (export "nearest_min") (param f64 f64) (result f64) (f64.nearest (f64.min (local.get 0) (local.get 1))))))";

inline constexpr std::string_view caller = R"((module
  (import "env" "b" (func $b (param i32) (result i32)))
  (func (export "f") (param i32) (result i32) (call $b (local.get 0)))))";

/// An instance and where it lives; the engine has gone, the store has what it needs of it.
struct guest_instance {
    riser::store store;
    riser::instance instance;
};

/// What one translation unit can do; see unit.cpp. All are compiled from the same source with different flags.
struct unit {
    const char* name;
    std::string (*run_own)();                           ///< makes engines, runs the guest. \returns what went wrong
    std::string (*run_foreign)(const riser::instance&); ///< runs what another unit made
    guest_instance (*make)();                           ///< makes an instance for others
    std::vector<std::size_t> (*layout)();               ///< sizes and alignments of the public classes
};

[[nodiscard]] const unit& unit_plain();
[[nodiscard]] const unit& unit_debug();
[[nodiscard]] const unit& unit_no_exceptions();
[[nodiscard]] const unit& unit_native();
[[nodiscard]] const unit& unit_fast_math();
[[nodiscard]] const unit& unit_sanitized();
[[nodiscard]] const unit& unit_baseline(); ///< where there is the backend

} // namespace link_test
