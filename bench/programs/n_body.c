// Bodies that attract each other, moved by the leapfrog method: f64 with square roots and divisions, in a small array.
#include "guest.h"

enum { count = 12 };

typedef struct {
    double x, y, z, vx, vy, vz, mass;
} body;

static body bodies[count];

static void create(uint64_t* random) {
    for (int32_t i = 0; i < count; ++i) {
        body* each = &bodies[i];
        each->x = random_unit(random) * 20 - 10;
        each->y = random_unit(random) * 20 - 10;
        each->z = random_unit(random) * 20 - 10;
        each->vx = random_unit(random) - 0.5;
        each->vy = random_unit(random) - 0.5;
        each->vz = random_unit(random) - 0.5;
        each->mass = 0.1 + random_unit(random);
    }
}

// What keeps close bodies from infinite forces.
static const double softening = 0.01;

static double inverse_distance(const body* a, const body* b) {
    double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
    return 1 / sqrt(dx * dx + dy * dy + dz * dz + softening);
}

static void accelerate(double time) {
    for (int32_t i = 0; i < count; ++i) {
        body* a = &bodies[i];
        for (int32_t j = i + 1; j < count; ++j) {
            body* b = &bodies[j];
            double inverse = inverse_distance(a, b), force = inverse * inverse * inverse * time;
            double dx = (a->x - b->x) * force, dy = (a->y - b->y) * force, dz = (a->z - b->z) * force;
            a->vx -= dx * b->mass;
            a->vy -= dy * b->mass;
            a->vz -= dz * b->mass;
            b->vx += dx * a->mass;
            b->vy += dy * a->mass;
            b->vz += dz * a->mass;
        }
    }
}

static void move(double time) {
    for (int32_t i = 0; i < count; ++i) {
        bodies[i].x += bodies[i].vx * time;
        bodies[i].y += bodies[i].vy * time;
        bodies[i].z += bodies[i].vz * time;
    }
}

static double energy(void) {
    double sum = 0;
    for (int32_t i = 0; i < count; ++i) {
        const body* each = &bodies[i];
        sum += each->mass * (each->vx * each->vx + each->vy * each->vy + each->vz * each->vz) / 2;
        for (int32_t j = i + 1; j < count; ++j) {
            sum -= each->mass * bodies[j].mass * inverse_distance(each, &bodies[j]);
        }
    }
    return sum;
}

// n: thousands of steps; -1: the energy has not stayed nearly the same.
int64_t run(int32_t n) {
    const double step = 0.001;
    uint64_t random = 17, sum = 0;
    create(&random);
    double before = energy();
    for (int32_t i = 0; i < n * 1000; ++i) {
        move(step / 2);
        accelerate(step);
        move(step / 2);
    }
    if (fabs(energy() - before) > 0.01 * fabs(before)) {
        return -1;
    }
    for (int32_t i = 0; i < count; ++i) {
        sum = checksum_add(sum, bits_of(bodies[i].x + bodies[i].y + bodies[i].z));
    }
    return (int64_t)sum;
}
