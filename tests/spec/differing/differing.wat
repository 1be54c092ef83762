(module
  (memory 1)
  (func $down (export "down") (param i32) (result i32)
    (i32.store8 (i32.const 0) (local.get 0))
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1))))))))
