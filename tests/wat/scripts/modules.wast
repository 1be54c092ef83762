;; 18 passed, 0 failed, 0 skipped
;; The forms of modules in scripts, and which of them a command is about.

(module $one (func (export "f") (result i32) (i32.const 1)))
(module $two (func (export "f") (result i32) (i32.const 2)))
(assert_return (invoke "f") (i32.const 2))
(assert_return (invoke $one "f") (i32.const 1))

;; Text in strings, with more than one, and with tokens that end where a string does.
(module quote "(func (export \"f\") (result i32)" "i32.const" "3)")
(assert_return (invoke "f") (i32.const 3))
(module $four quote "(module $ignored (func (export \"f\") (result i32) i32.const 4))")
(assert_return (invoke $four "f") (i32.const 4))
(module quote)

;; Bytes in strings: a function "f" that returns 5.
(module binary
  "\00asm" "\01\00\00\00"
  "\01\05\01\60\00\01\7f"
  "\03\02\01\00"
  "\07\05\01\01f\00\00"
  "\0a\06\01\04\00\41\05\0b")
(assert_return (invoke "f") (i32.const 5))

;; Defined once, instantiated twice; a definition is not the latest instance.
(module definition $counter
  (global $n (mut i32) (i32.const 0))
  (func (export "next") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n)))
(assert_return (invoke "f") (i32.const 5))
(module instance $a $counter)
(module instance $b $counter)
(assert_return (invoke $a "next") (i32.const 1))
(assert_return (invoke $a "next") (i32.const 2))
(assert_return (invoke $b "next") (i32.const 1))
