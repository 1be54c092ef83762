// Mandelbrot set: a loop of f64 arithmetic with all its values in locals and no memory.
typedef int i32;

enum { max_iterations = 200 };

static i32 escape_time(double cr, double ci) {
    double zr = 0, zi = 0, zr2 = 0, zi2 = 0;
    i32 i = 0;
    while (i < max_iterations && zr2 + zi2 <= 4) {
        zi = 2 * zr * zi + ci;
        zr = zr2 - zi2 + cr;
        zr2 = zr * zr;
        zi2 = zi * zi;
        ++i;
    }
    return i;
}

// n: width and height of the picture; the result is the sum of all escape times.
i32 run(i32 n) {
    double step = 3.0 / n;
    i32 sum = 0;
    for (i32 y = 0; y < n; ++y) {
        for (i32 x = 0; x < n; ++x) sum += escape_time(x * step - 2.25, y * step - 1.5);
    }
    return sum;
}
