;; 18 passed, 0 failed, 0 skipped
;; Definitions of each form, with and without names; and a module that is instantiated again under another name.

(module definition (func (export "f") (result i32) (i32.const 1)))
(module instance)
(assert_return (invoke "f") (i32.const 1))
(module instance $i)
(assert_return (invoke $i "f") (i32.const 1))

(module definition $q quote "(func (export \"f\") (result i32) (i32.const 2))")
(module definition $b binary "\00asm\01\00\00\00" "\05\03\01\00\01" "\07\05\01\01m\02\00")
(module instance $q $q)
(assert_return (invoke $q "f") (i32.const 2))
(module instance $m $b)
(register "m" $m)
(module (import "m" "m" (memory 1)) (func (export "size") (result i32) (memory.size)))
(assert_return (invoke "size") (i32.const 1))

;; `module` defines and instantiates: the definition has the name too.
(module $both (global $g (export "g") (mut i32) (i32.const 7))
  (func (export "set") (global.set $g (i32.const 8))))
(invoke $both "set")
(module instance $fresh $both)
(assert_return (get $both "g") (i32.const 8))
(assert_return (get $fresh "g") (i32.const 7))
