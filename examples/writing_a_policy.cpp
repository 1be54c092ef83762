// A memory policy of one's own: this one gives all guests of the process a quota together, whatever engine or store
// they are in, and knows the most that they ever had. It builds on a policy of riser's, as most will.
//
//     g++ -std=c++20 -O2 -Iinclude examples/writing_a_policy.cpp -o writing_a_policy && ./writing_a_policy
#include <riser/custom_engine.hpp>
#include <riser/riser.hpp>

#include <atomic>
#include <cstdint>
#include <iostream>

namespace policy = riser::memory_policy;

// A policy is a type with static functions, which any thread may call. It has no objects, so what this one counts is
// static, too.
struct quota : policy::bounds_checking {
    static constexpr std::uint64_t limit = 1U << 20U;
    static inline std::atomic<std::uint64_t> used = 0;
    static inline std::atomic<std::uint64_t> most = 0;

    // Makes a memory of min_bytes. Returns false, and has changed nothing, where there is no room.
    static bool make(policy::address_space& space, const policy::memory_request& request,
                     policy::linear_memory& memory) noexcept {
        if (!take(request.min_bytes)) {
            return false;
        }
        if (!bounds_checking::make(space, request, memory)) {
            used -= request.min_bytes;
            return false;
        }
        return true;
    }

    // Grows a memory to `bytes`. Where this returns false, the guest's memory.grow gives -1.
    static bool grow(policy::address_space& space, policy::linear_memory& memory, std::uint64_t bytes) noexcept {
        const std::uint64_t more = bytes - memory.bytes;
        if (!take(more)) {
            return false;
        }
        if (!bounds_checking::grow(space, memory, bytes)) {
            used -= more;
            return false;
        }
        return true;
    }

    static void destroy(policy::address_space& space, policy::linear_memory& memory) noexcept {
        used -= memory.bytes;
        bounds_checking::destroy(space, memory);
    }

private:
    static bool take(std::uint64_t bytes) noexcept {
        std::uint64_t had = used.load();
        do {
            if (bytes > limit - had) {
                return false;
            }
        } while (!used.compare_exchange_weak(had, had + bytes));
        std::uint64_t before = most.load();
        while (before < had + bytes && !most.compare_exchange_weak(before, had + bytes)) {
        }
        return true;
    }
};
static_assert(policy::policy<quota>); // says what is missing

int main() {
    riser::basic_engine<quota> engine;
    auto module = riser::module::load(engine, "examples/guests/plugin.wasm");
    riser::linked plugin = riser::linker(engine).link(module);
    {
        riser::store first(engine);
        riser::store second(engine);
        riser::instance greedy = plugin.instantiate(first);
        std::cout << "one guest has " << (quota::used >> 10U) << " KiB\n";
        std::cout << "hoard: got " << greedy.function<std::int32_t()>("hoard")() << " pages\n";

        const auto refused = plugin.try_instantiate(second);
        std::cout << "the next guest: " << (refused ? "is there" : refused.error().what()) << '\n';
    }
    std::cout << "when all are gone: " << quota::used << " bytes; the most was " << (quota::most >> 10U) << " KiB\n";
}
