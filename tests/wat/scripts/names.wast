;; 11 passed, 0 failed, 0 skipped
;; Names of modules and identifiers: any characters, also between quotes, which mean the same.

(module $!#$%&'*+-./:<=>?@\^_`|~0aZ (func (export "f") (result i32) (i32.const 1)))
(module $"a b" (func (export "f") (result i32) (i32.const 2)))
(module $"\u{20ac}" (func $"x y" (result i32) (i32.const 3)) (func (export "f") (result i32) (call $"x\20y")))
(module $plain (func (export "f") (result i32) (i32.const 4)))
(assert_return (invoke $!#$%&'*+-./:<=>?@\^_`|~0aZ "f") (i32.const 1))
(assert_return (invoke $"a\20b" "f") (i32.const 2))
(assert_return (invoke $"€" "f") (i32.const 3))
(assert_return (invoke $"plain" "f") (i32.const 4))
(assert_return (invoke $"\70l\u{61}in" "f") (i32.const 4))

;; A name that is used again means the newer one.
(module $plain (func (export "f") (result i32) (i32.const 5)))
(assert_return (invoke $plain "f") (i32.const 5))
