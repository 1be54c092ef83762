;; 12 passed, 0 failed, 0 skipped
;; Annotations: what names, custom sections and branch hints may say, and where they may stand. Others may stand anywhere.

(module (@name "a module") (@custom "first" (before first) "\00")
  (@other (func)) (func $f (@name "") (export "f") (param $x (@name "an x") i32) (result i32)
    (@metadata.code.branch_hint "\01") (if (@name "a label") (result i32) (local.get $x)
      (then (i32.const 1)) (else (i32.const 2) (@other))))
  (@custom "last" (after last) "a" "b"))
(assert_return (invoke "f" (i32.const 0)) (i32.const 2))

(assert_malformed_custom (module quote "(module (@name \"a\") (@name \"b\"))") "@name annotation: multiple module names")
(assert_malformed_custom (module quote "(func (@name \"a\") (@name \"b\"))") "@name annotation: multiple")
(assert_malformed_custom (module quote "(func) (@name \"b\")") "misplaced @name annotation")
(assert_malformed_custom (module (func (@name))) "@name annotation: string expected")

(assert_malformed_custom (module quote "(@custom \"c\" (amidst type))") "@custom annotation: malformed placement")
(assert_malformed_custom (module quote "(func (result (@custom \"c\") i32) i32.const 0)") "misplaced @custom annotation")
(assert_malformed_custom (module (func (@custom "c"))) "misplaced @custom annotation")

(assert_malformed_custom (module quote "(@metadata.code.branch_hint \"\\00\") (func)")
  "@metadata.code.branch_hint annotation: not in a function")
(assert_malformed_custom
  (module (func (@metadata.code.branch_hint "\00") (@metadata.code.branch_hint "\00") (if (i32.const 0) (then))))
  "@metadata.code.branch_hint annotation: duplicate annotation")
(assert_invalid_custom (module (func (@metadata.code.branch_hint "\00") (br 0)))
  "@metadata.code.branch_hint annotation: invalid target")
