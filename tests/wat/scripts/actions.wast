;; 14 passed, 0 failed, 0 skipped
;; Calls and globals, as commands and in assertions.

(module $m
  (global $n (export "n") (mut i32) (i32.const 5))
  (global (export "pi") f64 (f64.const 0x1.921fb54442d18p+1))
  (global (export "none") externref (ref.null extern))
  (func (export "add") (param i32) (global.set $n (i32.add (global.get $n) (local.get 0))))
  (func (export "") (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
  (func (export "\00\n\"\u{1f600}") (result f32) (f32.const 0x1p-149)))
(assert_return (get "n") (i32.const 5))
(assert_return (get $m "pi") (f64.const 3.141592653589793))
(assert_return (get "none") (ref.null extern))
(assert_return (get "none") (ref.null))

;; As commands of their own, they are performed; results are not looked at.
(invoke "add" (i32.const 37))
(get "n")
(invoke $m "" (i32.const 1) (i64.const 2))
(assert_return (get "n") (i32.const 42))
(assert_return (invoke $m "add" (i32.const -43)))
(assert_return (get $m "n") (i32.const -1))
(assert_return (get $m "n") (i32.const 0xffff_ffff))

(assert_return (invoke "" (i32.const 0x7fffffff) (i64.const -9223372036854775808))
  (i64.const 0x8000_0000_0000_0000) (i32.const +2147483647))
(assert_return (invoke "\u{0}\0a\22\u{1F6_00}") (f32.const 1e-45))
