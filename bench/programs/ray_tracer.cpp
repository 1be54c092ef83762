// A ray tracer: spheres and a chequered floor with shadows and reflections: f64 vectors by value, square roots,
// unpredictable branches, recursion.
#include "guest.h"

namespace {

struct vector {
    double x, y, z;

    friend vector operator+(vector a, vector b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
    friend vector operator-(vector a, vector b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
    friend vector operator*(vector a, double scale) { return {a.x * scale, a.y * scale, a.z * scale}; }
};

double dot(vector a, vector b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
vector normalized(vector a) { return a * (1 / sqrt(dot(a, a))); }

struct ray {
    vector from, direction; // of length 1

    vector at(double distance) const { return from + direction * distance; }
};

struct sphere {
    vector center;
    double radius;
    vector color;
    double reflection;
};

struct hit {
    double distance = 1e30;
    vector normal{};
    vector color{};
    double reflection = 0;
};

constexpr int sphere_count = 24;
constexpr int deepest = 4;
constexpr double nearest = 1e-6; // what is nearer is the surface that the ray comes from
constexpr vector sky{0.5, 0.7, 1.0};

class scene {
public:
    explicit scene(uint64_t* random) {
        for (sphere& each : spheres) {
            each.radius = 0.2 + random_unit(random) * 0.5;
            each.center = {random_unit(random) * 8 - 4, each.radius, 3 + random_unit(random) * 6};
            each.color = {random_unit(random), random_unit(random), random_unit(random)};
            each.reflection = random_below(random, 2) ? random_unit(random) * 0.8 : 0;
        }
    }

    vector trace(const ray& along, int depth) const {
        hit found;
        bool on_floor = intersect_floor(along, found);
        if (!intersect_spheres(along, found) && !on_floor) {
            return sky * (0.5 + 0.5 * along.direction.y);
        }
        vector point = along.at(found.distance);
        vector color = found.color * brightness(point, found.normal);
        if (found.reflection > 0 && depth < deepest) {
            vector mirrored = along.direction - found.normal * (2 * dot(along.direction, found.normal));
            vector seen = trace({point, mirrored}, depth + 1);
            color = color * (1 - found.reflection) + seen * found.reflection;
        }
        return color;
    }

private:
    static double distance_to(const sphere& target, const ray& along) {
        vector to_center = target.center - along.from;
        double middle = dot(to_center, along.direction);
        double inside = target.radius * target.radius - dot(to_center, to_center) + middle * middle;
        if (inside < 0) {
            return -1;
        }
        double half = sqrt(inside);
        return middle - half > nearest ? middle - half : middle + half;
    }

    bool intersect_spheres(const ray& along, hit& found) const {
        const sphere* closest = nullptr;
        for (const sphere& each : spheres) {
            double distance = distance_to(each, along);
            if (distance > nearest && distance < found.distance) {
                found.distance = distance;
                closest = &each;
            }
        }
        if (closest) {
            found.normal = (along.at(found.distance) - closest->center) * (1 / closest->radius);
            found.color = closest->color;
            found.reflection = closest->reflection;
        }
        return closest != nullptr;
    }

    static bool intersect_floor(const ray& along, hit& found) {
        double distance = -along.from.y / along.direction.y;
        if (!(distance > nearest && distance < 100)) {
            return false;
        }
        vector point = along.at(distance);
        bool dark = (static_cast<int>(floor(point.x)) + static_cast<int>(floor(point.z))) & 1;
        found = {distance, {0, 1, 0}, dark ? vector{0.2, 0.2, 0.2} : vector{0.9, 0.9, 0.9}, 0.1};
        return true;
    }

    double brightness(vector point, vector normal) const {
        const vector light = normalized({-0.5, 1, -0.4});
        double slope = dot(normal, light);
        if (slope <= 0) {
            return 0.1;
        }
        for (const sphere& each : spheres) {
            if (distance_to(each, {point, light}) > nearest) {
                return 0.1;
            }
        }
        return 0.1 + 0.9 * slope;
    }

    sphere spheres[sphere_count];
};

uint64_t level(double brightness) { return static_cast<uint64_t>(brightness > 1 ? 255 : brightness * 255); }

} // namespace

// n: the width of the picture; its height is three quarters of it.
int64_t run(int32_t n) {
    uint64_t random = 47, sum = 0;
    scene world(&random);
    int32_t height = n * 3 / 4;
    for (int32_t y = 0; y < height; ++y) {
        for (int32_t x = 0; x < n; ++x) {
            vector direction = normalized({(x + 0.5) / n - 0.5, 0.3 - (y + 0.5) / n, 0.8});
            vector color = world.trace({{0, 1.2, -1}, direction}, 0);
            sum = checksum_add(sum, level(color.x) << 16 | level(color.y) << 8 | level(color.z));
        }
    }
    return static_cast<int64_t>(sum);
}
