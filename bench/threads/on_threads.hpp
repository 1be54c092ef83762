#pragma once

#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

namespace bench {

/// Nanoseconds that each of `threads` threads takes for one of `count` repetitions; work(thread, count) repeats them.
template <class Work>
double nanoseconds(int threads, int count, const Work& work) {
    using clock = std::chrono::steady_clock;
    const clock::time_point begin = clock::now();
    {
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i) {
            running.emplace_back([&work, i, count] { work(i, count); });
        }
    }
    return std::chrono::duration<double, std::nano>(clock::now() - begin).count() / count;
}

/// Prints a line, with fields between tabs: the name, and the least of several measurements on one thread and on two.
template <class Work>
void report(const char* name, int count, const Work& work) {
    double least[2] = {1e18, 1e18};
    for (int run = 0; run < 7; ++run) {
        for (int threads : {1, 2}) {
            const double now = nanoseconds(threads, count, work);
            double& before = least[threads - 1];
            before = now < before ? now : before;
        }
    }
    std::printf("%s\t%.1f\t%.1f\n", name, least[0], least[1]);
}

/// What two threads of this machine can do: nothing but arithmetic.
inline void report_computation() {
    report("computation", 20'000'000, [](int, int count) {
        volatile double kept = 0;
        double x = 1;
        for (int i = 0; i < count; ++i) {
            x = x * 1.0000001 + 1;
        }
        kept = x;
    });
}

} // namespace bench
