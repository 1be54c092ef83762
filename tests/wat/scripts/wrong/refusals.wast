;; 0 passed, 12 failed, 0 skipped
(assert_invalid (module (func)) "type mismatch") ;;! assert_invalid: should be refused with "type mismatch", but was accepted
(assert_invalid (module (func (result i32))) "unknown local") ;;! assert_invalid: should be refused with "unknown local", but: type mismatch
(assert_malformed (module (func (result i32))) "type mismatch") ;;! assert_malformed: should be refused with "type mismatch", but: type mismatch
(assert_malformed (module quote "(func (result i32))") "type mismatch") ;;! assert_malformed: should be refused with "type mismatch", but: type mismatch
(assert_malformed (module quote "(func)") "unexpected token") ;;! assert_malformed: should be refused with "unexpected token", but was accepted
(assert_malformed (module quote "(funk)") "unknown label") ;;! assert_malformed: should be refused with "unknown label", but: 
(assert_invalid (module quote "(funk)") "") ;;! assert_invalid: should be refused with "", but: 
(assert_invalid (module binary "\00asm") "unexpected end") ;;! assert_invalid: should be refused with "unexpected end", but: unexpected end
(assert_malformed (module binary "\00asm\01\00\00\00") "unexpected end") ;;! assert_malformed: should be refused with "unexpected end", but was accepted
(module quote "(func (result i32))") ;;! module: module refused: type mismatch
(module quote "(func") ;;! module: module refused: 
(module binary "\00asm") ;;! module: module refused: unexpected end
