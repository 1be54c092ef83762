// Conway's Game of Life on a torus of bytes, and a heat equation on f32 beside it: two stencils that read neighbours and
// write to a second grid.
#include "guest.h"

enum { width = 256, height = 128 };

static uint8_t cells[2][height][width];
static float heat[2][height][width];

static void step_life(const uint8_t (*from)[width], uint8_t (*to)[width]) {
    for (int32_t y = 0; y < height; ++y) {
        const uint8_t* above = from[(y + height - 1) % height];
        const uint8_t* row = from[y];
        const uint8_t* below = from[(y + 1) % height];
        for (int32_t x = 0; x < width; ++x) {
            int32_t left = (x + width - 1) % width, right = (x + 1) % width;
            int32_t neighbours =
                above[left] + above[x] + above[right] + row[left] + row[right] + below[left] + below[x] + below[right];
            to[y][x] = neighbours == 3 || (neighbours == 2 && row[x]);
        }
    }
}

// The border keeps its heat; living cells are sources.
static void step_heat(const float (*from)[width], float (*to)[width], const uint8_t (*sources)[width]) {
    for (int32_t y = 1; y < height - 1; ++y) {
        for (int32_t x = 1; x < width - 1; ++x) {
            float around = from[y - 1][x] + from[y + 1][x] + from[y][x - 1] + from[y][x + 1];
            to[y][x] = sources[y][x] ? 1.0f : from[y][x] + 0.2f * (around - 4 * from[y][x]);
        }
    }
}

// n: how many generations.
int64_t run(int32_t n) {
    uint64_t random = 31, sum = 0;
    memset(heat, 0, sizeof heat);
    for (int32_t y = 0; y < height; ++y) {
        for (int32_t x = 0; x < width; ++x) {
            cells[0][y][x] = random_below(&random, 3) == 0;
        }
    }
    for (int32_t i = 0; i < n; ++i) {
        int32_t from = i & 1, to = !from;
        step_life(cells[from], cells[to]);
        step_heat(heat[from], heat[to], cells[to]);
    }
    for (int32_t y = 0; y < height; ++y) {
        for (int32_t x = 0; x < width; ++x) {
            sum = checksum_add(sum, cells[n & 1][y][x] + (uint64_t)(heat[n & 1][y][x] * 1024));
        }
    }
    return (int64_t)sum;
}
