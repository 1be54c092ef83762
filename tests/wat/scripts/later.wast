;; 9 passed, 0 failed, 7 skipped
;; Exceptions, garbage collection and atomics do not run yet; scripts may have them, and patterns for what they return.

(module $throws
  (tag $t (export "t") (param i32))
  (func (export "throw") (param i32) (throw $t (local.get 0)))
  (func (export "catch") (param i32) (result i32)
    (block $h (result i32) (try_table (result i32) (catch $t $h) (throw $t (local.get 0))))))
(assert_exception (invoke "throw" (i32.const 1)))
(assert_return (invoke $throws "catch" (i32.const 1)) (i32.const 1))
(module $legacy
  (tag $t)
  (func (export "catch") (result i32)
    (try (result i32) (do (throw $t)) (catch $t (i32.const 1)) (catch_all (i32.const 2)))))
(assert_return (invoke "catch") (i32.const 1))

(module $gc
  (type $s (struct (field $x (mut i32)) (field i8)))
  (type $a (array (mut f32)))
  (func (export "struct") (result (ref $s)) (struct.new_default $s))
  (func (export "array") (result (ref $a)) (array.new_default $a (i32.const 3)))
  (func (export "i31") (result (ref i31)) (ref.i31 (i32.const 1))))
(assert_return (invoke "struct") (ref.struct))
(module instance $gc $gc)
(assert_return (invoke $gc "array") (either (ref.array) (ref.eq) (ref.null any)))
(module instance $gc $gc)
(assert_return (invoke $gc "i31") (ref.i31))

(module (memory 1 1 shared) (func (export "add") (result i32) (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))
(assert_return (invoke "add") (i32.const 0))
(assert_invalid (module (memory 1) (func (drop (i32.atomic.load align=2 (i32.const 0))))) "atomic alignment")
(module (func (export "mul") (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))
(assert_return (invoke "mul" (i64.const -1) (i64.const -1)) (i64.const 1) (i64.const -2))
