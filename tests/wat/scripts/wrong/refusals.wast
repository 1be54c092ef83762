;; 0 passed, 12 failed, 0 skipped
(assert_invalid (module (func)) "type mismatch") ;;! assert_invalid: should be invalid with "type mismatch", but was accepted
(assert_invalid (module (func (result i32))) "unknown local") ;;! assert_invalid: should be invalid with "unknown local", but is invalid: type mismatch
(assert_malformed (module (func (result i32))) "type mismatch") ;;! assert_malformed: should be malformed with "type mismatch", but is invalid: type mismatch
(assert_malformed (module quote "(func (result i32))") "type mismatch") ;;! assert_malformed: should be malformed with "type mismatch", but is invalid: type mismatch
(assert_malformed (module quote "(func)") "unexpected token") ;;! assert_malformed: should be malformed with "unexpected token", but was accepted
(assert_malformed (module quote "(funk)") "unknown label") ;;! assert_malformed: should be malformed with "unknown label", but is malformed: 
(assert_invalid (module quote "(funk)") "") ;;! assert_invalid: should be invalid with "", but is malformed: 
(assert_invalid (module binary "\00asm") "unexpected end") ;;! assert_invalid: should be invalid with "unexpected end", but is malformed: unexpected end
(assert_malformed (module binary "\00asm\01\00\00\00") "unexpected end") ;;! assert_malformed: should be malformed with "unexpected end", but was accepted
(module quote "(func (result i32))") ;;! module: module refused: type mismatch
(module quote "(func") ;;! module: module refused: 
(module binary "\00asm") ;;! module: module refused: unexpected end
