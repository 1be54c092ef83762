#pragma once

#include "riser/core/code/native_abi.hpp"
#include "riser/core/code/native_chunk.hpp"
#include "riser/core/code/trap_record.hpp"
#include "riser/core/execute/context.hpp"
#include "riser/core/module/code_cache.hpp"
#include "riser/core/store/store_data.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace riser::inline v0_1::core::runtime {

/// Adds a frame. \returns false where the record is full.
[[gnu::cold]] inline bool record_place(const module_data& of, std::uint32_t function, std::uint32_t place,
                                       bool is_native, trap_record& record) noexcept {
    auto& module = const_cast<module_state&>(state_of(of)); // to count
    return record.size() < most_recorded_frames &&
           record.try_push_back({shared_ref<module_state>::share(&module), function, place, is_native});
}

/// Adds the frame that runs at `pc`, unless that belongs to no function. \returns false where the record is full.
[[gnu::cold]] inline bool record_frame(const engine_state& engine, const code_word* pc, trap_record& record) noexcept {
    const code_location at = locate_code(engine, pc);
    return at.code == nullptr || record_place(*at.code->module, at.function, at.word, false, record);
}

/// A place in native code at which a frame stands.
struct native_place {
    const module_data* module = nullptr;
    std::uint32_t function = 0;        ///< index in the module
    const native_site* site = nullptr; ///< null: nothing is known of the place
};
/// \param pc a return address
[[nodiscard, gnu::cold]] inline native_place find_native_place(const execution_context& context,
                                                               const void* pc) noexcept {
    const void* const call = static_cast<const std::byte*>(pc) - 1;
    const code_region* const region = context.store->engine->code.find(call);
    if (region == nullptr || region->kind != code_kind::native) {
        return {}; // no backend's
    }
    const auto& chunk = *static_cast<const native_chunk*>(region);
    const native_range* const function = chunk.function_at(call);
    if (function == nullptr) {
        return {};
    }
    const auto offset = static_cast<std::uint32_t>(static_cast<const std::byte*>(pc) - chunk.begin()) - function->begin;
    return {&chunk.module(), function->function, function->site_at(offset)};
}

/// Adds the native frames from `pc` on, which is a return address, where the stack pointer is `stack`; as far as handlers that
/// entered them. \returns false where the record is full.
[[gnu::cold]] inline bool record_native_frames(const execution_context& context, const void* pc, const void* stack,
                                               trap_record& record) noexcept {
    const auto* at = static_cast<const std::byte*>(stack);
    while (pc != context.native->after_native) {
        const native_place here = find_native_place(context, pc);
        if (here.site == nullptr) {
            return true; // nothing is known of its frame
        }
        if (!record_place(*here.module, here.function, here.site->wasm_offset, true, record)) {
            return false;
        }
        at += here.site->frame_bytes;
        std::memcpy(&pc, at, sizeof pc);
        at += sizeof pc;
    }
    return true;
}

/// Adds what goes on where the link leads. \returns false where the record is full.
[[gnu::cold]] inline bool record_caller(const execution_context& context, const link& caller,
                                        trap_record& record) noexcept {
    if (context.native == nullptr || caller.pc != context.native->return_to_native) {
        // A link says where to go on; the call is in front of that.
        return record_frame(*context.store->engine, caller.pc - 1, record);
    }
    const void* stack[2]; // the callee's frame, and where native code goes on
    std::memcpy(stack, caller.frame, sizeof stack);
    return record_native_frames(context, stack[1], caller.frame + 2, record);
}

/// Adds a function that cannot run, where its body is refused.
[[gnu::cold]] inline void record_refusal(execution_context& context, const module_data& refusing,
                                         std::uint32_t function) noexcept {
    static_cast<void>(record_place(refusing, function, preamble_words, false, context.store->record));
}

/// Takes down where the innermost activation was when it ended early: the exit's pc unless that is null, then the links
/// that are newer than `outer`, where the activation began. Called before the links are dropped.
[[gnu::cold, gnu::noinline]] inline void record_trap(execution_context& context, const value_stack::position& outer) {
    trap_record& record = context.store->record;
    const engine_state& engine = *context.store->engine;
    const call_exit& exit = context.stack.exit;
    bool has_room = exit.native_pc == nullptr ? record_frame(engine, exit.pc, record)
                                              : record_native_frames(context, exit.native_pc, exit.native_sp, record);
    for (const link& caller : context.stack.values.links_since(outer)) {
        if (!has_room) {
            return;
        }
        has_room = record_caller(context, caller, record);
    }
}

/// Takes down where the calls of the store are, while a host function runs: of all activations, the innermost first.
[[gnu::cold]] inline void record_callers(const execution_context& context, trap_record& record) noexcept {
    for (const link& caller : context.stack.values.links()) {
        if (!record_caller(context, caller, record)) {
            return;
        }
    }
}

} // namespace riser::inline v0_1::core::runtime
