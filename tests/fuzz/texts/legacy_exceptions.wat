(func (block $l (try (do (throw $e)) (catch $e (rethrow 0)) (catch_all)) (try $t (do nop) (delegate $l)))
  try nop catch $e drop catch_all end block $l try $t delegate $l end)
(tag $e)
