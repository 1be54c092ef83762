;; 2 passed, 2 failed, 0 skipped
;; A command that is not known does not keep the others from being run.
(module (func (export "one") (result i32) (i32.const 1)))
(asert_return (invoke "one") (i32.const 2)) ;;! command: unknown command: asert_return
(thread $t (module (func)) (invoke "f" (@name "x"))) ;;! command: unknown command: thread
(assert_return (invoke "one") (i32.const 1))
