;; 15 passed, 0 failed, 0 skipped
;; Classes of NaNs, in results alone and among others.

(module
  (func (export "f32") (param i32) (result f32) (f32.reinterpret_i32 (local.get 0)))
  (func (export "f64") (param i64) (result f64) (f64.reinterpret_i64 (local.get 0)))
  (func (export "zero/zero") (param f32) (result f32) (f32.div (local.get 0) (local.get 0)))
  (func (export "three") (result i32 f32 f64) (i32.const 1) (f32.const -nan) (f64.const nan:0xc000000000000)))
(assert_return (invoke "f32" (i32.const 0x7fc00000)) (f32.const nan:canonical))
(assert_return (invoke "f32" (i32.const 0xffc00000)) (f32.const nan:canonical))
(assert_return (invoke "f32" (i32.const 0x7fc00000)) (f32.const nan:arithmetic))
(assert_return (invoke "f32" (i32.const 0xffc00001)) (f32.const nan:arithmetic))
(assert_return (invoke "f32" (i32.const 0x7fffffff)) (f32.const nan:arithmetic))
(assert_return (invoke "f64" (i64.const 0xfff8000000000000)) (f64.const nan:canonical))
(assert_return (invoke "f64" (i64.const 0x7ff8000000000001)) (f64.const nan:arithmetic))
(assert_return (invoke "zero/zero" (f32.const 0)) (f32.const nan:canonical))
(assert_return (invoke "zero/zero" (f32.const nan:0x200000)) (f32.const nan:arithmetic))
(assert_return (invoke "three") (i32.const 1) (f32.const nan:canonical) (f64.const nan:arithmetic))
(assert_return (invoke "three") (i32.const 1) (f32.const -nan) (f64.const nan:0xc000000000000))

;; One of several.
(assert_return (invoke "f32" (i32.const 1)) (either (f32.const 0) (f32.const 0x1p-149)))
(assert_return (invoke "f32" (i32.const 0x7fc00000)) (either (f32.const nan:canonical) (f32.const 0)))
(assert_return (invoke "three")
  (either (i32.const 0) (i32.const 1) (i32.const 2)) (either (f32.const 1) (f32.const nan:arithmetic))
  (either (f64.const nan:0xc000000000000)))
