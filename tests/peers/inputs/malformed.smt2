(set-logic QF_BV)
(declare-fun a () (_ BitVec 16))
(assert (bvfoo a a))
(check-sat)
