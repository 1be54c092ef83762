;; 3 passed, 17 failed, 0 skipped
(invoke "f") ;;! action: there is no instance yet
(module instance $i) ;;! module instance: there is no module yet
(module $m (func (export "f") (param i32 externref)) (memory (export "memory") 1))
(invoke $n "f") ;;! action: there is no instance $n
(invoke "g") ;;! action: no exported function "g"
(invoke "memory") ;;! action: no exported function "memory"
(get "f") ;;! action: no exported global "f"
(invoke "f" (i32.const 1)) ;;! action: failed: 
(invoke "f" (i64.const 1) (ref.extern 1)) ;;! action: failed: 
(invoke "f" (i32.const 1) (ref.extern 1) (i32.const 1)) ;;! action: too many arguments
(invoke "f" (ref.extern 1) (ref.extern 1)) ;;! action: (ref.extern 1) cannot be an argument for a parameter of type i32
(invoke "f" (i32.const 1) (ref.null func)) ;;! action: (ref.null func) cannot be an argument for a parameter of type (ref null extern)
(invoke "f" (i32.const 1) (ref.extern 1))
(register "m" $n) ;;! register: there is no instance $n
(module instance $i $n) ;;! module instance: there is no module $n

;; What a module that could not be made was to be is not what was there before.
(module $m (func (result i32))) ;;! module: module refused: type mismatch
(invoke "f" (i32.const 1) (ref.extern 1)) ;;! action: the latest instance could not be made
(invoke $m "f" (i32.const 1) (ref.extern 1)) ;;! action: instance $m could not be made
(module instance $i $m) ;;! module instance: module $m could not be made
(module (func))
