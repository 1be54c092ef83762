#include "engines/engines.hpp"
#include "support/process.hpp"
#include "support/sanitizers.hpp"
#include "support/wasm.hpp"

#include "riser/engine.hpp"
#include "riser/error.hpp"
#include "riser/memory.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <sys/resource.h>

// Where the system refuses what guarded memories take, the error says so.

namespace {

using reason = riser::resource_error::reason;

constexpr std::string_view one_memory = R"((module (memory (export "memory") 1)))";

template <class T>
bool is_for(const riser::result<T>& outcome, reason why) {
    const auto failure = outcome.error().template as<riser::resource_error>();
    return failure && failure->why() == why;
}

/// Allows so much of something, at most.
void limit(decltype(RLIMIT_AS) what, std::uint64_t bytes) {
    const ::rlimit both{bytes, bytes};
    ::setrlimit(what, &both);
}

riser::store_limits guarded() {
    riser::store_limits limits;
    limits.protection = riser::protection::guards;
    return limits;
}

/// Makes an instance and a memory in a store of the engine, where there is no room for 4 GiB of addresses. \returns 0 where both
/// are refused because of `why`
int try_without_addresses(const std::string& policy, reason why) {
    const test::engine_pointer engine = test::make_engine(policy);
    riser::store store(*engine, guarded());
    const riser::module module = riser::module::compile(*engine, test::wat(one_memory));
    const riser::linker linker(*engine);
    limit(RLIMIT_AS, test::mapped_bytes() + (std::uint64_t{1} << 30U));
    if (!is_for(linker.try_instantiate(store, module), why)) {
        return 1;
    }
    return is_for(riser::memory::try_create(store, {.limits = {1, 2}}), why) ? 0 : 2;
}

} // namespace

TEST_CASE("refused memories: where address space is short, what has to be guarded is refused for mappings") {
    if constexpr (!test::is_sanitized) { // sanitizers map more than any limit
        for (const std::string policy : {"signaling", "adaptive"}) {
            CAPTURE(policy);
            CHECK(test::in_child([&] { return try_without_addresses(policy, reason::mappings); }) == 0);
        }
    }
}

TEST_CASE("refused memories: a shared memory whose maximum cannot be reserved is refused for mappings") {
    if constexpr (!test::is_sanitized) {
        CHECK(test::in_child([] {
                  test::world world;
                  riser::memory_type type{{1, 65536}};
                  type.is_shared = true;
                  limit(RLIMIT_AS, test::mapped_bytes() + (std::uint64_t{1} << 30U));
                  return is_for(riser::memory::try_create(world.store, type), reason::mappings) ? 0 : 1;
              }) == 0);
    }
}

TEST_CASE("refused memories: a guarded memory that cannot grow for want of pages is refused for mappings") {
    if constexpr (!test::is_sanitized) {
        CHECK(test::in_child([] {
                  test::world world(guarded());
                  const riser::memory memory = riser::memory::create(world.store, {.limits = {1, 65536}});
                  limit(RLIMIT_DATA, test::data_bytes() + (std::uint64_t{16} << 20U));
                  const bool is_larger = memory.try_grow(10).has_value();
                  const bool is_refused = is_for(memory.try_grow(10'000), reason::mappings);
                  return is_larger && is_refused && memory.size() == 11 * 65536 ? 0 : 1;
              }) == 0);
    }
}

TEST_CASE("refused memories: what the allocator does not have is memory, also after mappings were refused") {
    if constexpr (!test::is_sanitized) {
        CHECK(test::in_child([] {
                  test::world world(guarded());
                  limit(RLIMIT_AS, test::mapped_bytes() + (std::uint64_t{1} << 30U));
                  if (!is_for(riser::memory::try_create(world.store, {.limits = {1, 2}}), reason::mappings)) {
                      return 1;
                  }
                  riser::memory_type wide{
                      {16'000, 16'000}}; // below least_mapped_bytes, and beyond the limit: of the heap
                  wide.is_64 = true;
                  const auto first = riser::memory::try_create(world.store, wide);
                  return is_for(first ? riser::memory::try_create(world.store, wide) : first, reason::memory) ? 0 : 2;
              }) == 0);
    }
}
