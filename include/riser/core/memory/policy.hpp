#pragma once

#include "riser/core/memory/address_space.hpp"
#include "riser/core/memory/linear_memory.hpp"

#include <concepts>
#include <cstdint>

namespace riser::inline v0_1::memory_policy {

using core::memory::address_space;
using core::memory::linear_memory;
using core::memory::memory_mode;
using core::memory::memory_request;
using core::memory::memory_source;

/// A memory policy says where linear memories lie and which accesses need a check: the first argument of basic_engine.
/// It is a type without state, since all state is in the engine's address_space. The engine's own policies are
/// examples, and so is tests/support/moving_policy.hpp. Members, all static, called from any thread, not throwing:
///
/// - `constexpr bool may_signal, may_check`: which modes `make` may choose. Nothing is generated for a mode that a
///   policy never chooses. Memories that are shared, addressed by i64, or of 1-byte pages are always
///   memory_mode::bounds_checking: a policy that never checks must refuse them.
/// - `bool make(address_space&, const memory_request&, linear_memory&)`: makes a memory of `min_bytes` zeros. Fills in
///   every member: `base` is not null, even of an empty memory, and aligned to 16 bytes; `mode` never changes again;
///   `source` and `owner` are the policy's own notes. A signaling memory has an inaccessible page wherever a 32-bit
///   index plus an offset below guarded_offset_limit leads beyond `bytes`, and is in core::memory::reservations.
///   `request.protection` is what the host wants, of the modes that there are: `guards` is no bounds_checking but where that is all
///   there can be, `checks` no signaling. \returns false where there is no room; the memory is then untouched, and
///   `*request.lacks_addresses` says whether that is the system's address space. Making it fails with a resource_error.
/// - `bool grow(address_space&, linear_memory&, std::uint64_t bytes)`: grows to `bytes`, a whole number of pages and no
///   less than now; the added bytes are zero. May change `base`, unless the memory is shared. \returns false beyond
///   `max_bytes` or where there is no room: nothing has changed then, and memory.grow gives -1. One thread at a time
///   for each memory: whoever shares one locks around reading its size and growing.
/// - `void destroy(address_space&, linear_memory&)`: gives everything back; the memory is then empty and unused.
template <class P>
concept policy = (P::may_signal || P::may_check) && requires(address_space& space, const memory_request& request,
                                                             linear_memory& memory, std::uint64_t bytes) {
    { P::make(space, request, memory) } noexcept -> std::same_as<bool>;
    { P::grow(space, memory, bytes) } noexcept -> std::same_as<bool>;
    { P::destroy(space, memory) } noexcept;
};

} // namespace riser::inline v0_1::memory_policy
