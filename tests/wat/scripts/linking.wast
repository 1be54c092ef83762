;; 14 passed, 0 failed, 0 skipped
;; What does not link, and the module `spectest`.

(assert_unlinkable (module (import "nobody" "f" (func))) "unknown import")
(assert_unlinkable (module (import "spectest" "print_i64" (func (param i32)))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "global_i32" (global (mut i32)))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "table" (table 10 externref))) "incompatible import type")
(assert_unlinkable (module (import "spectest" "memory" (memory 3))) "incompatible import type")
(assert_unlinkable (module quote "(import \"spectest\" \"memory\" (table 1 funcref))") "incompatible import type")
(assert_unlinkable (module binary "\00asm\01\00\00\00" "\02\08\01\01a\01b\02\00\01") "unknown import")
(module $m
  (import "spectest" "print" (func $print))
  (import "spectest" "print_i32_f32" (func $print2 (param i32 f32)))
  (import "spectest" "print_f64_f64" (func $print3 (param f64 f64)))
  (import "spectest" "table64" (table i64 10 funcref))
  (import "spectest" "memory" (memory 1 2))
  (global $g (import "spectest" "global_f64") f64)
  (global (export "g") f64 (global.get $g))
  (func (export "print")
    (call $print) (call $print2 (i32.const 1) (f32.const 2)) (call $print3 (f64.const 1) (global.get $g)))
  (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
(invoke "print")
(assert_return (get $m "g") (f64.const 666.6))
(assert_return (invoke "grow" (i32.const 1)) (i32.const 1))
(assert_return (invoke "grow" (i32.const 1)) (i32.const -1))
;; The memory of spectest is one for the whole script.
(module (import "spectest" "memory" (memory 2)))
(assert_unlinkable (module (import "spectest" "memory" (memory 1 1))) "incompatible import type")
