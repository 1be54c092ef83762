;; 1 passed, 0 failed, 0 skipped
;; Fields without a module around them are one.
(func (export "f") (result i32) (call $g))
(memory 1)
(func $g (result i32) (i32.load (i32.const 0)))
(start $s)
(func $s (i32.store (i32.const 0) (i32.const 42)))
