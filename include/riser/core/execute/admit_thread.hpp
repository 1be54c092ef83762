#pragma once

#include "riser/core/execute/context.hpp"
#include "riser/core/memory/guest_scope.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/store_data.hpp"
#include "riser/engine_options.hpp"

#include <atomic>

namespace riser::inline v0_1::core::runtime {

/// Sees to it that a fault of a guest would become a trap in this thread. \returns false where the call has to end; the
/// store's pending error then says why.
[[nodiscard, gnu::cold, gnu::noinline]] inline bool admit_thread(execution_context& context) {
    const memory::thread_check check = memory::check_thread.load(std::memory_order_acquire);
    if (check == nullptr) {
        return true; // and asks again the next time
    }
    if (!check(context.store->engine->options.blocked_fault_signals == blocked_fault_signals::unblock)) {
        context.store->pending =
            usage_failure("this thread blocks SIGSEGV or SIGBUS, which become traps where guarded memories are "
                          "exceeded: unblock both, or choose blocked_fault_signals::unblock");
        return false;
    }
    memory::is_thread_checked = true;
    return true;
}

} // namespace riser::inline v0_1::core::runtime
