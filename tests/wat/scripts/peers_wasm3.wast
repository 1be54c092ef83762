;; 10 passed, 0 failed, 0 skipped
;; What wasm3 once got wrong; by the numbers of its issues and pull requests.

;; 570: the count of a br_table wrapped in a sum, and less memory was taken than written.
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\0a\0f\01\0d\00" "\41\00" "\0e\fc\ff\ff\ff\0f" "\00\00\00" "\0b")
  "unexpected end")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00"
    "\0a\0f\01\0d\00" "\41\00" "\0e\ff\ff\ff\ff\0f" "\00\00\00" "\0b")
  "unexpected end")

;; 562: arguments were written where the stack had ended, before the callee looked for it.
(module
  (type $many (func (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (result i64)))
  (table funcref (elem $f))
  (func $f (export "f") (type $many)
    (call $f (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14) (local.get 15) (local.get 16) (local.get 17) (local.get 18) (local.get 19) (local.get 20) (local.get 21) (local.get 22) (local.get 23) (local.get 24) (local.get 25) (local.get 26) (local.get 27) (local.get 28) (local.get 29) (local.get 30) (local.get 31) (local.get 32) (local.get 33) (local.get 34) (local.get 35) (local.get 36) (local.get 37) (local.get 38) (local.get 39) (local.get 40) (local.get 41) (local.get 42) (local.get 43) (local.get 44) (local.get 45) (local.get 46) (local.get 47) (local.get 48) (local.get 49) (local.get 50) (local.get 51) (local.get 52) (local.get 53) (local.get 54) (local.get 55) (local.get 56) (local.get 57) (local.get 58) (local.get 59)))
  (func (export "indirect") (type $many)
    (call_indirect (type $many) (local.get 0) (local.get 1) (local.get 2) (local.get 3) (local.get 4) (local.get 5) (local.get 6) (local.get 7) (local.get 8) (local.get 9) (local.get 10) (local.get 11) (local.get 12) (local.get 13) (local.get 14) (local.get 15) (local.get 16) (local.get 17) (local.get 18) (local.get 19) (local.get 20) (local.get 21) (local.get 22) (local.get 23) (local.get 24) (local.get 25) (local.get 26) (local.get 27) (local.get 28) (local.get 29) (local.get 30) (local.get 31) (local.get 32) (local.get 33) (local.get 34) (local.get 35) (local.get 36) (local.get 37) (local.get 38) (local.get 39) (local.get 40) (local.get 41) (local.get 42) (local.get 43) (local.get 44) (local.get 45) (local.get 46) (local.get 47) (local.get 48) (local.get 49) (local.get 50) (local.get 51) (local.get 52) (local.get 53) (local.get 54) (local.get 55) (local.get 56) (local.get 57) (local.get 58) (local.get 59) (i32.const 0)))
  (func (export "run") (call $f (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1) (i64.const -1)) (drop)))
(assert_exhaustion (invoke "run") "call stack exhausted")
(assert_exhaustion (invoke "run") "call stack exhausted")

;; 500: the bytes of 8192 locals were counted in 16 bits. This is
;;   (func (export "f") (param i64) (result i64) (local i64 ... 8192 times)
;;     (local.set 8191 (local.get 0)) (local.set 8192 (i64.const 5)) (local.set 1 (i64.const 7))
;;     (i64.add (i64.add (local.get 8191) (local.get 8190)) (i64.mul (local.get 8192) (local.get 1))))
(module binary
  "\00\61\73\6d\01\00\00\00"
  "\01\06\01\60\01\7e\01\7e"
  "\03\02\01\00"
  "\07\05\01\01\66\00\00"
  "\0a\23\01\21\01\80\40\7e\20\00\21\ff\3f\42\05\21\80\40\42\07\21\01\20\ff\3f\20\fe\3f\7c\20\80\40\20\01\7e\7c\0b")
(assert_return (invoke "f" (i64.const 100)) (i64.const 135))

;; 519, 521, 523: what is not valid was run.
(assert_invalid (module (func (br_table 0 (i64.const 0)))) "type mismatch")
(assert_trap (module (table 1 funcref) (func $f) (elem (i32.const 0) $f $f)) "out of bounds table access")
(assert_invalid (module (table 0 (ref func))) "type mismatch")
