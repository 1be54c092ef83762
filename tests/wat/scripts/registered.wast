;; 13 passed, 0 failed, 0 skipped
;; What is registered can be imported; the newest of a name counts.

(module $lib
  (func (export "f") (result i32) (i32.const 1))
  (global (export "g") i64 (i64.const 2))
  (memory (export "m") 1 2)
  (table (export "t") 3 funcref))
(register "lib")
(module $user
  (func $f (import "lib" "f") (result i32))
  (global $g (import "lib" "g") i64)
  (import "lib" "m" (memory 1))
  (import "lib" "t" (table $t 2 funcref))
  (func (export "f") (result i32 i64 i32) (call $f) (global.get $g) (table.size $t)))
(assert_return (invoke "f") (i32.const 1) (i64.const 2) (i32.const 3))

(module $new (func (export "f") (result i32) (i32.const 10)))
(register "lib" $new)
(module (func $f (import "lib" "f") (result i32)) (func (export "f") (result i32) (call $f)))
(assert_return (invoke "f") (i32.const 10))
;; What was linked before stays.
(assert_return (invoke $user "f") (i32.const 1) (i64.const 2) (i32.const 3))
(assert_unlinkable (module (import "lib" "g" (global i64))) "unknown import")

;; Any string is a name, the empty one too.
(register "" $lib)
(register "\"\u{2192}\\" $lib)
(module (global $g (import "" "g") i64) (global (export "g") i64 (global.get $g)))
