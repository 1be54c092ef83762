;; 8 passed, 0 failed, 0 skipped
;; Comments and annotations wherever tokens may be.
(;(;;);)(module(;a;)$m;;b
(@a (b "c)" ;; )
 (; ) ;) (@d)))(func(@e)(;f;)(export(;g;)"f"(@h))(result(@i)i32)(@j "k\"")(i32.const(@l)1(;m;))))
(@unknown $annotation 0x1p-3 "\00" , ; {} [] = (nested (@too)))
(assert_return(;;)(invoke(@x)$m(;;)"f"(@y))(@z)(i32.const(@w)(;v;)1))
(;
  (assert_return (invoke "f") (i32.const 2)) ;; (; nested ;)
;)
( ;; spaces, tabs and line ends of every kind	module	)
( assert_return
    ( invoke	$m "f" ) (
  i32.const 1 ) )
(module (@a) (; ;) quote (@b) "(func (; \22)\22 ;) (export \22g\22) (@a \22)\22)" ;; between strings
  (; and ;) "(result i32) i32.const 2) ;; to the string's end")
(assert_return (invoke "g") (@c) (i32.const 2) (@d))
(@last (@) (@ x) @ (@"" y))
(assert_malformed (@a) (module (@b) binary (@c) "\00as" (; ;) "m" (@d)) (@e) "unexpected end" (@f))
(invoke "g")(;
the end;);; without a line end