// Shortest ways on a grid with walls and terrain of different cost by A*: a binary heap whose entries are moved when their
// distance falls, and an arithmetic of coordinates.
#include "guest.h"

enum { width = 160, height = 160, size = width * height, straight = 10, diagonal = 14, unreached = 1 << 30 };

static uint8_t terrain[size];                                // 0 is a wall, else a factor
static int32_t distances[size], parents[size], places[size]; // places: in the heap, -1: not there
static int32_t heap[size], estimates[size], heap_size;

static int32_t distance_left(int32_t from, int32_t to) {
    int32_t dx = from % width - to % width, dy = from / width - to / width;
    dx = dx < 0 ? -dx : dx;
    dy = dy < 0 ? -dy : dy;
    return dx < dy ? diagonal * dx + straight * (dy - dx) : diagonal * dy + straight * (dx - dy);
}

// Of two equal estimates the cell with the smaller number comes first, so that ways are the same everywhere.
static bool before(int32_t a, int32_t b) { return estimates[a] != estimates[b] ? estimates[a] < estimates[b] : a < b; }

static void place(int32_t at, int32_t cell) {
    heap[at] = cell;
    places[cell] = at;
}

static void rise(int32_t at, int32_t cell) {
    for (; at > 0 && before(cell, heap[(at - 1) / 2]); at = (at - 1) / 2) {
        place(at, heap[(at - 1) / 2]);
    }
    place(at, cell);
}

static int32_t take_first(void) {
    int32_t first = heap[0], cell = heap[--heap_size], at = 0;
    places[first] = -1;
    if (heap_size > 0) {
        for (int32_t child; (child = 2 * at + 1) < heap_size; at = child) {
            child += child + 1 < heap_size && before(heap[child + 1], heap[child]);
            if (!before(heap[child], cell)) {
                break;
            }
            place(at, heap[child]);
        }
        place(at, cell);
    }
    return first;
}

static void reach(int32_t cell, int32_t parent, int32_t distance, int32_t goal) {
    if (distance >= distances[cell]) {
        return;
    }
    distances[cell] = distance;
    parents[cell] = parent;
    estimates[cell] = distance + distance_left(cell, goal);
    rise(places[cell] >= 0 ? places[cell] : heap_size++, cell);
}

// The length of the shortest way, or `unreached`.
static int32_t find_way(int32_t start, int32_t goal) {
    for (int32_t i = 0; i < size; ++i) {
        distances[i] = unreached;
        places[i] = -1;
    }
    heap_size = 0;
    reach(start, start, 0, goal);
    while (heap_size > 0) {
        int32_t cell = take_first();
        if (cell == goal) {
            return distances[cell];
        }
        int32_t x = cell % width, y = cell / width;
        for (int32_t dy = -1; dy <= 1; ++dy) {
            for (int32_t dx = -1; dx <= 1; ++dx) {
                if (x + dx < 0 || x + dx >= width || y + dy < 0 || y + dy >= height) {
                    continue;
                }
                int32_t next = cell + dy * width + dx;
                if (next != cell && terrain[next]) {
                    reach(next, cell, distances[cell] + terrain[next] * (dx && dy ? diagonal : straight), goal);
                }
            }
        }
    }
    return unreached;
}

static void build(uint64_t* random) {
    for (int32_t i = 0; i < size; ++i) {
        terrain[i] = (uint8_t)(1 + random_below(random, 4) / 3);
    }
    for (int32_t wall = 0; wall < 120; ++wall) {
        int32_t at = (int32_t)random_below(random, size), step = random_below(random, 2) ? 1 : width;
        for (int32_t i = random_below(random, 60); i > 0 && at < size; --i, at += step) {
            terrain[at] = 0;
        }
    }
}

// n: how many ways are looked for; every eighth time on a new map.
int64_t run(int32_t n) {
    uint64_t random = 43, sum = 0;
    for (int32_t i = 0; i < n; ++i) {
        if (i % 8 == 0) {
            build(&random);
        }
        int32_t start = (int32_t)random_below(&random, size), goal = (int32_t)random_below(&random, size);
        int32_t length = find_way(start, goal);
        sum = checksum_add(sum, (uint64_t)length);
        for (int32_t at = goal; length != unreached && at != start; at = parents[at]) {
            sum += (uint32_t)at;
        }
    }
    return (int64_t)sum;
}
