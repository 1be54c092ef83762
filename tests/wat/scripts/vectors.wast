;; 3 passed, 0 failed, 8 skipped
;; Vectors in every shape. Nothing computes with them yet, so that what is in this script is read, decoded and validated.

(module
  (func (export "id") (param v128) (result v128) (local.get 0)))
(assert_return (invoke "id" (v128.const i8x16 0 -1 -128 127 255 0x80 +5 0x7_f 8 9 10 11 12 13 14 15))
  (v128.const i16x8 0xff00 0x7f80 0x80ff 0x7f05 0x0908 0x0b0a 0x0d0c 0x0f0e))
(assert_return (invoke "id" (v128.const i32x4 -1 0x8000_0000 2147483647 4294967295))
  (v128.const i64x2 -0x7fff_ffff_0000_0001 0xffff_ffff_7fff_ffff))
(assert_return (invoke "id" (v128.const f32x4 nan -0 inf nan:0x1))
  (v128.const f32x4 nan:canonical -0x0p0 inf nan:0x1))
(assert_return (invoke "id" (v128.const f64x2 -nan 1e-400))
  (v128.const f64x2 nan:arithmetic 0x0p+0))
(assert_return (invoke "id" (v128.const i64x2 0 1))
  (either (v128.const i64x2 1 1) (v128.const i32x4 0 0 1 0)))
(assert_return (invoke "id" (v128.const i16x8 -32768 32767 65535 0 0 0 0 0))
  (either (v128.const i16x8 -32768 32767 65535 0 0 0 0 0) (v128.const f32x4 nan:canonical nan:canonical 0 0)))
(invoke "id" (v128.const i8x16 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0))
(assert_trap (invoke "id" (v128.const i64x2 0 0)) "unreachable")
(assert_invalid (module (func (result v128) (i32x4.extract_lane 4 (v128.const i32x4 0 0 0 0)))) "invalid lane index")
(assert_malformed (module quote "(func (result v128) (v128.const i8x16 256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0))") "constant out of range")
