// A library with debug information, whose frames have lines: see tests/cli/programs.py and tests/behaviour/source_lines.cpp.
__attribute__((noinline)) static int divide(int a, int b) {
    return a / b; // traps where b is 0
}

__attribute__((noinline)) static int middle(int a) {
    int sum = 0;
    for (int i = 3; i >= 0; --i) {
        sum += divide(a, i);
    }
    return sum;
}

__attribute__((export_name("run"))) int run(int a) {
    return middle(a) + 1;
}
