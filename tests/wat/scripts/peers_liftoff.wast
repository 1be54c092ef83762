;; 24 passed, 0 failed, 0 skipped
;; What Liftoff, V8's baseline compiler, once got wrong.

;; chromium 864509: the upper half of an argument's slot had what had been there before, and the callee's tier took it for the address's.
(module
  (memory 1)
  (data (i32.const 8) "\2a")
  (func $same (param i32) (result i32) (local.get 0))
  (func $load (param i32) (result i32) (i32.load8_u (local.get 0)))
  (func $dirty (param i64 i64 i64) (result i64) (i64.add (local.get 0) (i64.add (local.get 1) (local.get 2))))
  (func (export "f") (param i64 i32) (result i32)
    (drop (call $dirty (local.get 0) (local.get 0) (local.get 0)))
    (call $load (i32.add (local.get 1) (i32.const 3))))
  (func (export "returned") (param i64 i32) (result i32)
    (drop (call $dirty (local.get 0) (local.get 0) (local.get 0)))
    (i32.load8_u (call $same (i32.add (local.get 1) (i32.const 3)))))
  (func (export "kept") (param i64 i32) (result i32)
    (i32.add (local.get 1) (i32.const 3))
    (drop (call $dirty (local.get 0) (local.get 0) (local.get 0)))
    (call $load)))
(assert_return (invoke "f" (i64.const -1) (i32.const 5)) (i32.const 42))
(assert_return (invoke "returned" (i64.const -1) (i32.const 5)) (i32.const 42))
(assert_return (invoke "kept" (i64.const -1) (i32.const 5)) (i32.const 42))
(assert_return (invoke "f" (i64.const 0x100000000) (i32.const 5)) (i32.const 42))

;; chromium 917412: the same value several times on the stack, of which blocks gave some a register of their own, so that states did not
;; meet again.
(module
  (func (export "f") (param i32 i32 i32) (result i32)
    (local.get 0) (local.get 1) (local.get 1) (local.get 2)
    (block (if (local.get 0) (then (local.set 1 (i32.add (local.get 1) (i32.const 100))))))
    (block $out
      (br_if $out (local.get 2))
      (local.set 1 (i32.mul (local.get 1) (i32.const 3)))
      (local.set 0 (local.get 1)))
    (i32.mul (i32.const 10)) (i32.add) (i32.mul (i32.const 10)) (i32.add) (i32.mul (i32.const 10)) (i32.add)
    (i32.mul (i32.const 1000)) (i32.add (local.get 1)) (i32.add (local.get 0)))
  (func (export "swapped") (param i32 i32 i32) (result i32)
    (loop $again
      (local.get 0) (local.get 1) (local.get 0) (local.get 1)
      (local.set 0) (local.set 1) (drop) (drop)
      (br_if $again (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
    (i32.add (i32.mul (local.get 0) (i32.const 10)) (local.get 1))))
(assert_return (invoke "f" (i32.const 0) (i32.const 2) (i32.const 0)) (i32.const 220012))
(assert_return (invoke "f" (i32.const 1) (i32.const 2) (i32.const 3)) (i32.const 3221103))
(assert_return (invoke "f" (i32.const 1) (i32.const 2) (i32.const 0)) (i32.const 221612))
(assert_return (invoke "swapped" (i32.const 1) (i32.const 2) (i32.const 1)) (i32.const 21))
(assert_return (invoke "swapped" (i32.const 1) (i32.const 2) (i32.const 10001)) (i32.const 21))
(assert_return (invoke "swapped" (i32.const 1) (i32.const 2) (i32.const 10000)) (i32.const 12))

;; v8 8423: an `if` without `else`, whose arm changes what registers hold, and may not come to its end.
(module
  (func $clobber)
  (func (export "f") (param i32 i32 i32) (result i32)
    (i32.mul (local.get 1) (i32.const 3))
    (if (local.get 0) (then (call $clobber) (local.set 1 (i32.add (local.get 1) (i32.const 5)))))
    (if (local.get 2) (then (call $clobber) (local.set 1 (i32.const 9)) (return (local.get 1))))
    (if (param i32) (result i32) (local.get 0) (then (i32.add (i32.const 1000))))
    (i32.add (local.get 1))))
(assert_return (invoke "f" (i32.const 0) (i32.const 1) (i32.const 0)) (i32.const 4))
(assert_return (invoke "f" (i32.const 1) (i32.const 1) (i32.const 0)) (i32.const 1009))
(assert_return (invoke "f" (i32.const 1) (i32.const 1) (i32.const 1)) (i32.const 9))
(assert_return (invoke "f" (i32.const 0) (i32.const 1) (i32.const 1)) (i32.const 9))

;; chromium 689450: shifts count the low bits of their operand only, also where that is constant.
(module
  (func (export "32") (param i32 i32) (result i32 i32)
    (i32.shl (local.get 0) (i32.const 0x29)) (i32.shl (local.get 0) (local.get 1)))
  (func (export "64") (param i64 i64) (result i64 i64)
    (i64.shr_u (local.get 0) (i64.const 0x49)) (i64.shr_u (local.get 0) (local.get 1)))
  (func (export "rotated") (param i32) (result i32 i32) (i32.rotl (local.get 0) (i32.const 32)) (i32.shr_s (local.get 0) (i32.const 33))))
(assert_return (invoke "32" (i32.const 3) (i32.const 0x29)) (i32.const 0x600) (i32.const 0x600))
(assert_return (invoke "64" (i64.const 0x600) (i64.const 0x49)) (i64.const 3) (i64.const 3))
(assert_return (invoke "rotated" (i32.const -4)) (i32.const -4) (i32.const -2))

;; V8's interpreter took a loop's results for those of its label, of which there were none then.
(module
  (func (export "f") (param i32) (result i32 i64)
    (i32.const 1) (i64.const 2)
    (loop $again (param i32 i64) (result i32 i64)
      (i64.add (i64.const 3))
      (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
      (br_if $again (local.get 0)))))
(assert_return (invoke "f" (i32.const 1)) (i32.const 1) (i64.const 5))
(assert_return (invoke "f" (i32.const 1000)) (i32.const 1) (i64.const 3002))
