// Two-call recursion: what a call and a return cost.
typedef int i32;

// Without this attribute clang turns the second call into a loop.
__attribute__((noinline, disable_tail_calls)) static i32 fib(i32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

i32 run(i32 n) { return fib(n); }
