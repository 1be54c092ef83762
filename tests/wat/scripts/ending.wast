;; 18 passed, 0 failed, 0 skipped
;; Actions that end early, each way.

(module $m
  (memory 1)
  (table 1 funcref)
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (func $forever (export "forever") (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (call $forever))
  (func $ping (export "ping") (param i64) (result i64) (i64.add (call $pong (local.get 0)) (i64.const 1)))
  (func $pong (param i64) (result i64) (call $ping (local.get 0)))
  (func (export "unreachable") (unreachable))
  (func (export "div") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
  (func (export "trunc") (param f64) (result i64) (i64.trunc_f64_s (local.get 0)))
  (func (export "load") (param i32) (result i64) (i64.load offset=0xffff_ffff (local.get 0)))
  (func (export "indirect") (param i32) (call_indirect (local.get 0))))
(assert_exhaustion (invoke "forever") "call stack exhausted")
(assert_exhaustion (invoke $m "ping" (i64.const 1)) "call stack exhausted")
;; The instance may be used after that.
(assert_trap (invoke "unreachable") "unreachable")
(assert_trap (invoke "div" (i32.const 1) (i32.const 0)) "integer divide by zero")
(assert_trap (invoke "div" (i32.const 0x80000000) (i32.const -1)) "integer overflow")
(assert_trap (invoke "trunc" (f64.const nan)) "invalid conversion to integer")
(assert_trap (invoke "trunc" (f64.const 9223372036854775808)) "integer overflow")
(assert_return (invoke "trunc" (f64.const -9223372036854775808)) (i64.const -9223372036854775808))
(assert_trap (invoke $m "load" (i32.const -1)) "out of bounds memory access")
(assert_trap (invoke "indirect" (i32.const 0)) "uninitialized element")
(assert_trap (invoke "indirect" (i32.const 1)) "undefined element")

;; Modules that trap while they are instantiated; what they did before stays.
(module $kept (memory (export "m") 1) (func (export "at") (param i32) (result i32) (i32.load8_u (local.get 0))))
(register "kept")
(assert_trap (module (func $s (unreachable)) (start $s)) "unreachable")
(assert_trap
  (module (memory (import "kept" "m") 1) (data (i32.const 3) "a") (data (i32.const 65536) "b"))
  "out of bounds memory access")
(assert_trap (module (table 1 funcref) (elem (i32.const 2)) (func)) "out of bounds table access")
(assert_return (invoke $kept "at" (i32.const 3)) (i32.const 97))
