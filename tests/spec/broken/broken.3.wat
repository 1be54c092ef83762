(module (func (i32.foo)))
