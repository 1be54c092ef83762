;; 1 passed, 14 failed, 0 skipped
(module
  (func (export "one") (result i32) (i32.const 1))
  (func (export "trap") (unreachable)))
(assert_trap (invoke "trap") "integer overflow") ;;! assert_trap: should trap with "integer overflow", but: unreachable
(assert_trap (invoke "one") "unreachable") ;;! assert_trap: should trap with "unreachable", but returned (i32.const 1)
(assert_exhaustion (invoke "trap") "call stack exhausted") ;;! assert_exhaustion: should trap with "call stack exhausted", but: unreachable
(assert_exhaustion (invoke "trap") "unreachable") ;;! assert_exhaustion: should exhaust the stack, but trapped for another reason
(assert_exception (invoke "trap")) ;;! assert_exception: should throw, but: unreachable
(assert_exception (invoke "one")) ;;! assert_exception: should throw, but returned (i32.const 1)
(assert_trap (module (func)) "unreachable") ;;! assert_trap: should trap with "unreachable", but was instantiated
(assert_trap (module (func $s (unreachable)) (start $s)) "integer overflow") ;;! assert_trap: should trap with "integer overflow", but: unreachable
(module (func $s (unreachable)) (start $s)) ;;! module: instantiation failed: unreachable
(module (import "nobody" "f" (func))) ;;! module: instantiation failed: unknown import
(assert_unlinkable (module (func)) "unknown import") ;;! assert_unlinkable: should not link with "unknown import", but did
(assert_unlinkable (module (import "nobody" "f" (func))) "incompatible import type") ;;! assert_unlinkable: should not link with "incompatible import type", but: unknown import
(assert_unlinkable (module (func (result i32))) "unknown import") ;;! assert_unlinkable: module refused: type mismatch
(assert_unlinkable (module (func $s (unreachable)) (start $s)) "unknown import") ;;! assert_unlinkable: should not link with "unknown import", but: unreachable
