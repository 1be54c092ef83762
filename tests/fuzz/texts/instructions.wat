(func $f (param $x i32) (local $v v128)
  block $a loop $b br_table $a $b 0 end $b end $a (; folded (;and;) plain ;) ;; line
  try throw $e catch $e rethrow 0 catch_all end try nop delegate 0
  (block $q (try_table (catch $e $q) (catch_all_ref 0) nop))
  (select (result i32) (i32.const -0x7f) (i32.const +1_0) (local.get $x)) drop
  (drop (f32.const nan:0x7fff)) (drop (f64.const -1.25e-7)) (drop (f32.const inf)) (drop (i64.const 0xffff_ffff))
  (local.set $v (v128.const i32x4 1 -1 0xff 4)) (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (local.get 1) (local.get 1)))
  (drop (i32.load8_u $m offset=3 align=1 (i32.const 0))) (drop (v128.load8_lane $m offset=1 3 (i32.const 0) (local.get $v)))
  (memory.copy $m $m (i32.const 0) (i32.const 0) (i32.const 0)) (call_indirect $t (param i32) (i32.const 0) (i32.const 0))
  (drop (ref.test (ref null $s) (struct.new_default $s))) (br_on_cast 0 anyref (ref i31) (ref.null any)) drop
  (drop (array.new_fixed $r 2 (i32.const 1) (i32.const 2))) (drop (struct.get_s $s $field (ref.null $s)))
  (memory.init $m $d (i32.const 0) (i32.const 0) (i32.const 0)) (return_call $f (i32.const 0)))
(tag $e) (memory $m 1) (table $t 1 funcref) (data $d "x") (type $s (struct (field $field i8))) (type $r (array i32))
