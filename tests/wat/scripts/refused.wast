;; 29 passed, 0 failed, 0 skipped
;; Modules that are invalid or malformed, in each form.

(assert_invalid (module (func (result i32))) "type mismatch")
(assert_invalid (module $named (func (local.get 0))) "unknown local")
(assert_invalid (module quote "(func (result i32)" "(i64.const 0))") "type mismatch")
(assert_invalid (module binary "\00asm\01\00\00\00" "\03\02\01\00" "\0a\04\01\02\00\0b") "unknown type")
(assert_invalid (module (memory 1) (func (drop (i32.load align=8 (i32.const 0))))) "alignment must not be larger than natural")
(assert_invalid (module (func (export "a")) (func (export "a"))) "duplicate export name")

(assert_malformed (module binary "") "unexpected end")
(assert_malformed (module binary "asm\00") "magic header not detected")
(assert_malformed (module binary "\00asm\0d\00\00\00") "unknown binary version")
(assert_malformed (module binary "\00asm" "\01\00\00\00" "\0e\00") "malformed section id")

(assert_malformed (module quote "(func") "unexpected token")
(assert_malformed (module quote "(func))") "unexpected token")
(assert_malformed (module quote "(func (i32.foo))") "unknown operator")
(assert_malformed (module quote "(func br $l)") "unknown label")
(assert_malformed (module quote "(func $f) (func $f)") "duplicate func")
(assert_malformed (module quote "(func block $a end $b)") "mismatching label")
(assert_malformed (module quote "(func) (import \"\" \"\" (func))") "import after function")
(assert_malformed (module quote "(memory 1) (func (drop (i32.load align=3 (i32.const 0))))") "alignment")
(assert_malformed (module quote "(; (; ;)") "unclosed comment")
(assert_malformed (module quote "(func (export \"a))") "unclosed string")
(assert_malformed (module quote "(func (export \"\\ff\"))") "malformed UTF-8 encoding")
(assert_malformed (module quote "(@)") "empty annotation id")
(assert_malformed (module quote "(@a") "unclosed annotation")
(assert_malformed (module quote "(func (type $t) (param i32)) (type $t (func))") "inline function type")

;; Sizes have 64 bits in the text, whatever the addresses.
(assert_invalid (module (memory 0x1_0000_0000)) "memory size must be at most 65536 pages")
(assert_invalid (module (memory 0 0xffff_ffff_ffff_ffff)) "memory size must be at most 65536 pages")
(assert_invalid (module (table 0x1_0000_0000 funcref)) "table size")
(assert_malformed (module quote "(memory 0x1_0000_0000_0000_0000)") "i64 constant out of range")
(assert_malformed (module quote "(memory i64 0 0x1_0000_0000_0000_0000)") "i64 constant out of range")
