#pragma once

#include "riser/core/base/algorithm.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/execute/interrupts.hpp"
#include "riser/core/execute/store_state.hpp"
#include "riser/core/store/failures.hpp"
#include "riser/core/store/free_objects.hpp"
#include "riser/core/store/store_object.hpp"
#include "riser/error.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

// From the host into functions, of wasm or of the host itself.

namespace riser::inline v0_1::core::runtime {

/// A call from the host: what it does not change for whoever runs outside of it.
class activation {
public:
    explicit activation(store_data& store) noexcept
        : store_(store), instance_(context_of(store).stack.instance), outer_(context_of(store).stack.values.where()) {
        ++store.activations;
        caller_ = std::exchange(context_of(store).innermost, this);
    }
    activation(const activation&) = delete;
    activation& operator=(const activation&) = delete;
    ~activation() {
        execution_context& context = context_of(store_);
        context.innermost = caller_;
        if (lends_) {
            context.stack.values.give_back();
            context.stack.native.give_back();
        } else {
            context.stack.values.return_to(outer_);
        }
        context.stack.exit = {};
        run_in_instance(context, instance_);
        if (--store_.activations == 0 && store_.closed) [[unlikely]] {
            destroy_states(store_); // the store object went while its functions ran
        }
    }

    /// Lends the context a stack where it has none, as for the store's outermost call. \returns false where there is no memory.
    [[nodiscard]] bool prepare() noexcept {
        execution_context& context = context_of(store_);
        if (context.stack.values.is_lent()) {
            return true;
        }
        lends_ = context.stack.values.lend(store_.engine->stacks, store_.stack_bytes);
        if (lends_ && store_.engine->ops->services != nullptr && !lend_native(context)) [[unlikely]] {
            context.stack.values.give_back();
            lends_ = false;
        }
        if (lends_ && (has_interrupt(context) || has_deadline(store_))) {
            poll_soon(store_);
        }
        return lends_;
    }

    /// Null: it is the outermost.
    [[nodiscard]] const activation* outer() const noexcept { return caller_; }
    /// What goes on afterwards; null where the host does.
    [[nodiscard]] instance_data* instance() const noexcept { return instance_; }

private:
    [[nodiscard, gnu::cold]] bool lend_native(execution_context& context) noexcept {
        context.native = &store_.engine->ops->services();
        context.routines = context.native->usual;
        return context.stack.native.lend(store_.engine->stacks, native_stack::bytes_for(store_.stack_bytes));
    }

    store_data& store_;
    const activation* caller_;
    instance_data* instance_;
    value_stack::position outer_;
    bool lends_ = false;
};

/// Calls a host function without wasm in between: there is no calling instance.
[[nodiscard, gnu::no_profile_instrument_function]] inline trap_kind
call_host_directly(execution_context& context, host_function& host, slot* slots) {
    run_in_instance(context, nullptr);
    context.stack.values.set_live_end(
        slots + (host.parameter_slots > host.result_slots ? host.parameter_slots : host.result_slots));
    return host.call(host, context, slots) ? trap_kind::none : context.stack.exit.kind;
}

/// Runs `callee` in a frame of its own. \returns how it ended.
[[nodiscard]] inline trap_kind run_in_frame(store_data& store, function_object& callee, slot* slots,
                                            std::uint32_t parameter_slots, std::uint32_t result_slots) {
    execution_context& context = context_of(store);
    slot* const frame = context.stack.values.live_end();
    const std::uint32_t needed = parameter_slots > result_slots ? parameter_slots : result_slots;
    if (!context.stack.values.fits_activation(frame, needed) || store.activations > store.limits.nested_calls) {
        return trap_kind::stack_exhausted;
    }
    for (std::uint32_t i = 0; i < parameter_slots; ++i) {
        frame[i] = slots[i];
    }
    const trap_kind exit = callee.is_of_host() ? call_host_directly(context, *callee.host, frame)
                                               : store.engine->ops->run(context, callee, frame);
    if (exit == trap_kind::none) {
        for (std::uint32_t i = 0; i < result_slots; ++i) {
            slots[i] = frame[i];
        }
    }
    return exit;
}

/// Makes the error of a call that ended with `exit`: what a host function failed with, or a trap. Either gets the frames
/// that were recorded on the way out.
[[gnu::cold, gnu::noinline]] inline void note_failure(store_data& store, trap_kind exit) {
    trap_record record = std::exchange(store.record, {});
    const text message = std::exchange(store.message, {});
    if (!store.pending.state()) {
        store.pending = make_trap(exit, message, std::move(record));
        return;
    }
    if (!store.pending.is<trap>() || record.empty()) {
        return;
    }
    const auto& inner = static_cast<const trap_state&>(*store.pending.state());
    const std::size_t room = most_recorded_frames - lesser(inner.record.size(), most_recorded_frames);
    trap_record whole;
    if (room != 0 && whole.try_append(inner.record.begin(), inner.record.end()) &&
        whole.try_append(record.begin(), record.begin() + lesser(record.size(), room))) {
        store.pending = make_trap(inner.kind, inner.message, std::move(whole));
    }
}

/// Takes note of the thread that calls; where calls of another one run in the store, that is misuse. There is no error to return:
/// what the store has for one belongs to the other thread.
[[gnu::cold, gnu::noinline]] inline void check_thread(store_data& store) {
    static thread_local const char this_thread = 0;
    if (__atomic_load_n(&store.activations, __ATOMIC_RELAXED) != 0 &&
        __atomic_load_n(&store.thread, __ATOMIC_RELAXED) != &this_thread) {
        misuse("two threads at once in one store: a store and all that is in it are of one thread at a time");
    }
    __atomic_store_n(&store.thread, &this_thread, __ATOMIC_RELAXED);
}

/// Calls `callee`: `slots` has its parameters, and its results afterwards. The caller keeps callee and store alive, whatever
/// the host drops meanwhile. \returns false where it did not return; then store.pending says why.
[[nodiscard]] inline bool invoke_function(store_data& store, function_object& callee, slot* slots,
                                          std::uint32_t parameter_slots, std::uint32_t result_slots) {
    if (store.engine->options.check_threads) [[unlikely]] {
        check_thread(store);
    }
    if (store.closed) [[unlikely]] {
        store.pending = usage_failure("the store is gone");
        return false;
    }
    if (!has_type(callee)) [[unlikely]] {
        store.pending = resource_failure({type_failure(callee), ": the host function has no type, make it again"});
        return false;
    }
    if (store.pending.state()) {
        store.pending = {};
    }
    trap_kind exit = trap_kind::out_of_memory;
    {
        activation current(store);
        if (current.prepare()) [[likely]] {
            exit = run_in_frame(store, callee, slots, parameter_slots, result_slots);
        }
    }
    if (exit != trap_kind::none) [[unlikely]] {
        note_failure(store, exit);
    }
    return exit == trap_kind::none;
}

} // namespace riser::inline v0_1::core::runtime
