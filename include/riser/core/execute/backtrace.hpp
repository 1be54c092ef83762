#pragma once

#include "riser/core/code/trap_record.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/module/code_cache.hpp"
#include "riser/core/store/store_data.hpp"

namespace riser::inline v0_1::core::runtime {

/// Adds the frame that runs at `pc`, unless that belongs to no function. \returns false where the record is full.
[[gnu::cold]] inline bool record_frame(const engine_state& engine, const code_word* pc, trap_record& record) noexcept {
    const code_location at = locate_code(engine, pc);
    if (at.code == nullptr) {
        return true;
    }
    auto& module = const_cast<module_state&>(state_of(*at.code->module)); // to count
    return record.size() < most_recorded_frames &&
           record.try_push_back({shared_ref<module_state>::share(&module), at.function, at.word});
}

/// Adds a function that cannot run, where its body is refused.
[[gnu::cold]] inline void record_refusal(execution_context& context, const module_data& refusing,
                                         std::uint32_t function) noexcept {
    auto& module = const_cast<module_state&>(state_of(refusing)); // to count
    static_cast<void>(
        context.store->record.try_push_back({shared_ref<module_state>::share(&module), function, preamble_words}));
}

/// Takes down where the innermost activation was when it ended early: the exit's pc unless that is null, then the links
/// that are newer than `outer`, where the activation began. Called before the links are dropped.
[[gnu::cold, gnu::noinline]] inline void record_trap(execution_context& context, const value_stack::position& outer) {
    trap_record& record = context.store->record;
    const engine_state& engine = *context.store->engine;
    bool has_room = record_frame(engine, context.stack.exit.pc, record);
    for (const link& caller : context.stack.values.links_since(outer)) {
        if (!has_room) {
            return;
        }
        // A link says where to go on; the call is in front of that.
        has_room = record_frame(engine, caller.pc - 1, record);
    }
}

/// Takes down where the calls of the store are, while a host function runs: of all activations, the innermost first.
[[gnu::cold]] inline void record_callers(const execution_context& context, trap_record& record) noexcept {
    for (const link& caller : context.stack.values.links()) {
        if (!record_frame(*context.store->engine, caller.pc - 1, record)) {
            return;
        }
    }
}

} // namespace riser::inline v0_1::core::runtime
