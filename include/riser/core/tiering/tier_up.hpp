#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/bytecode/resolve_code.hpp"
#    include "riser/core/execute/fuel.hpp"
#    include "riser/core/execute/interrupts.hpp"
#    include "riser/core/module/code_cache.hpp"
#    include "riser/core/module/tiering_ops.hpp"
#    include "riser/core/tiering/compile_function.hpp"
#    include "riser/core/wasm/module/validate_module.hpp"

#    include <cstddef>
#    include <cstdint>
#    include <mutex>
#    include <optional>

// When functions become native code, and how running calls get into it.

namespace riser::inline v0_1::core::runtime {

namespace detail {

/// Calls `run(argument)` on a stack of the host, from the engine's, where little may be left.
[[gnu::naked, gnu::noinline, gnu::no_profile_instrument_function, gnu::no_instrument_function]] inline void
run_on_stack(void* /*argument*/, void (* /*run*/)(void*) noexcept, void* /*stack*/) {
    asm("pushq %rbp\n\t.cfi_adjust_cfa_offset 8\n\t.cfi_rel_offset %rbp, 0\n\t"
        "movq %rsp, %rbp\n\t.cfi_def_cfa_register %rbp\n\t"
        "movq %rdx, %rsp\n\t"
        "call *%rsi\n\t"
        "movq %rbp, %rsp\n\t.cfi_def_cfa_register %rsp\n\t"
        "popq %rbp\n\t.cfi_adjust_cfa_offset -8\n\t"
        "ret");
}

template <class Work>
void run_on_host_stack(const execution_context& context, Work& work) noexcept {
    run_on_stack(&work, [](void* self) noexcept { (*static_cast<Work*>(self))(); }, context.stack.native_entry);
}

/// After how many interpreted operators the backend compiles a function. What function_heat cannot count never comes.
[[nodiscard]] constexpr std::uint64_t threshold(std::uint64_t tier_up, std::size_t backend) noexcept {
    const std::size_t steps_log2 = 4 * backend;
    const std::uint64_t least = backend == 0 ? tier_up : greater(tier_up, std::uint64_t{1});
    return least > function_heat::most ? UINT64_MAX : least << steps_log2;
}

/// Whether the calling thread may compile the function now: nothing can stop that before its end. Not while the call is to end, nor where
/// its deadline may come first; the function is interpreted then, and asked for again at a later poll.
[[nodiscard, gnu::cold]] inline bool may_compile_here(const execution_context& context, const module_tiers& tiers,
                                                      std::uint32_t defined) noexcept {
    // Of wasm: 20 to 50 were measured, 500 of nothing but loops in loops.
    constexpr std::uint64_t nanoseconds_per_byte = 1000;
    const std::uint64_t needed = nanoseconds_per_byte * tiers.module.info.bodies[defined].bytes.size;
    return !has_interrupt(context) && time_left(*context.store) > needed;
}

/// Has the function compiled by those backends that are higher than what it has and find it hot enough: in the background, or at once.
[[gnu::cold]] inline void compile_hot(const execution_context& context, module_tiers& tiers, std::uint32_t defined,
                                      memory::memory_mode mode, std::uint32_t operators) noexcept {
    engine_tiers& engine = tiers.engine;
    for (std::size_t i = engine.backends.size(); i-- != 0;) {
        const std::uint8_t index = index_of(engine.backends[i], mode);
        tier_state& state = tiers.state(defined, i, index);
        if (state.native() != nullptr) {
            return;
        }
        if (engine.is_off() || !tiers.heat(defined).may_compile(engine.memory.times_given_back()) ||
            operators < threshold(engine.engine.options.tier_up, i) || !state.is_open() || !state.claim() ||
            engine.jobs.add({&tiers, defined, 1, static_cast<std::uint8_t>(i), index})) {
            continue;
        }
        if (!may_compile_here(context, tiers, defined)) {
            state.reopen();
            continue;
        }
        auto work = [&]() noexcept { compile_claimed(tiers, defined, i, index); };
        run_on_host_stack(context, work);
    }
}

/// The function has run for so many operators more, and is compiled where that is enough. \returns all of them
[[gnu::cold]] inline std::uint32_t heat_up(const execution_context& context, module_tiers& tiers, std::uint32_t defined,
                                           memory::memory_mode mode, std::uint64_t used) noexcept {
    const std::uint32_t operators = tiers.heat(defined).add(used);
    compile_hot(context, tiers, defined, mode, operators);
    return operators;
}

/// Where the native function is entered at the loop whose head is at a word of its bytecode; null where it cannot be.
[[nodiscard, gnu::cold]] inline const native_loop* loop_at(const execution_context& context, const module_tiers& tiers,
                                                           const native_function& native, const code_location& at,
                                                           std::uint32_t operators) noexcept {
    native_loop* const loops = native.loops();
    for (std::size_t i = 0; i < native.loop_count; ++i) {
        if (loops[i].head.load(std::memory_order_relaxed) == at.word) {
            return loops + i;
        }
    }
    function_heat& heat = tiers.heat(at.function - tiers.module.info.imported_functions);
    if (native.loop_count == 0 || !heat.may_look(operators)) {
        return nullptr;
    }
    std::optional<std::uint32_t> offset;
    auto work = [&]() noexcept {
        const module_state& module = state_of(tiers.module);
        offset = module.byte_offset(module.info, module.bytes, at.function, at.word - 1); // the `loop` is in front
    };
    run_on_host_stack(context, work);
    for (std::size_t i = 0; offset && i < native.loop_count; ++i) {
        if (loops[i].wasm_offset == *offset) {
            loops[i].head.store(at.word, std::memory_order_relaxed);
            return loops + i;
        }
    }
    heat.look_later(operators);
    return nullptr;
}

} // namespace detail

/// tiering_ops::enter_new.
[[gnu::cold]] inline const code_word* enter_new_function(execution_context& context, const module_code& code,
                                                         std::uint32_t defined) noexcept {
    const module_data& module = *code.module;
    const engine_state& engine = *state_of(module).engine;
    const bool is_compiled_first = engine.options.tier_up == 0;
    module_tiers* const tiers = is_compiled_first ? tiers_of(*engine.tiers, module) : existing_tiers(module);
    if (tiers == nullptr) {
        return nullptr;
    }
    if (is_compiled_first && best_of(*tiers, defined, code.mode) == nullptr) {
        if (engine.options.jit_threads != 0) {
            detail::compile_hot(context, *tiers, defined, code.mode, 0);
        } else if (detail::may_compile_here(context, *tiers, defined)) {
            auto work = [&]() noexcept { compile_lowest(*tiers, defined, code.mode); };
            detail::run_on_host_stack(context, work);
        }
    }
    if (best_of(*tiers, defined, code.mode) == nullptr) {
        return nullptr;
    }
    const std::lock_guard lock(module.mutex);
    return publish_best(*tiers, code, defined);
}

/// tiering_ops::go_on.
[[gnu::cold]] inline const code_word* go_on_in_native(execution_context& context, const code_word* pc,
                                                      std::uint64_t used) noexcept {
    engine_tiers& engine = *context.store->engine->tiers;
    const code_location at = locate_code(engine.engine, pc);
    const bool may_rise = engine.engine.options.tier_up <= function_heat::most;
    if (at.code == nullptr || (!may_rise && existing_tiers(*at.code->module) == nullptr)) {
        return nullptr;
    }
    module_tiers* const tiers = tiers_of(engine, *at.code->module);
    if (tiers == nullptr) {
        return nullptr;
    }
    const std::uint32_t defined = at.function - tiers->module.info.imported_functions;
    const std::uint32_t operators = detail::heat_up(context, *tiers, defined, at.code->mode, used);
    const native_function* const native = best_of(*tiers, defined, at.code->mode);
    // Loops that are entered on their way have no prologue, and could go on calling each other below the limit.
    if (native == nullptr || !context.stack.native.has_room(__builtin_frame_address(0))) {
        return nullptr;
    }
    if (at.word == bytecode::entry_of(at.tables->words)) {
        give_back(*context.store, preamble_weight(pc[-1])); // native code charges it again
        return native->words;
    }
    const native_loop* const loop = detail::loop_at(context, *tiers, *native, at, operators);
    return loop == nullptr ? nullptr : loop->words;
}

/// tiering_ops::note_crossings. Native code may poll in every turn, where a loop's region is longer than a slice, so that few polls are left
/// for what it calls. A crossing takes as long as some operators do, and is counted as those.
[[gnu::cold]] inline const code_word* note_native_crossings(execution_context& context, const module_code& code,
                                                            std::uint32_t defined) noexcept {
    constexpr std::uint32_t usual = execution_context::usual_crossings;
    constexpr std::uint32_t operators_per_crossing = 64;
    context.crossings = static_cast<std::int32_t>(usual * 3 / 4 + context.store->next_variation(usual / 2));
    module_tiers* const tiers = existing_tiers(*code.module);
    if (tiers == nullptr) {
        return nullptr;
    }
    detail::heat_up(context, *tiers, defined, code.mode, usual * operators_per_crossing);
    const native_function* const native = best_of(*tiers, defined, code.mode);
    return native == nullptr ? nullptr : native->words;
}

/// tiering_ops::note_native_poll.
[[gnu::cold]] inline void note_poll_in_native(const execution_context& context, const void* return_address,
                                              std::uint64_t used) noexcept {
    const native_place place = find_native_place(context, return_address);
    module_tiers* const tiers = place.module == nullptr ? nullptr : existing_tiers(*place.module);
    if (tiers != nullptr) {
        const std::uint32_t defined = place.function - place.module->info.imported_functions;
        detail::heat_up(context, *tiers, defined, context.stack.instance->code->mode, used);
    }
}

/// compile_jobs::work.
[[gnu::cold]] inline void do_compile_job(const compile_job& job) noexcept {
    module_tiers& tiers = *job.module;
    if (job.backend != compile_job::all_backends) {
        compile_claimed(tiers, job.first, job.backend, job.index);
        return;
    }
    const engine_ops& ops = *tiers.engine.engine.ops;
    for (std::uint32_t i = job.first; i < job.first + job.count; ++i) {
        for (std::size_t mode = 0; mode < memory::memory_mode_count; ++mode) {
            if (ops.handlers[mode] != nullptr) { // the policy may choose it
                compile_lowest(tiers, i, static_cast<memory::memory_mode>(mode));
            }
        }
    }
}

/// tiering_ops::compile_all: on the engine's threads and this one.
[[gnu::cold]] inline bool compile_module_natively(const module_data& module, wasm::diagnostics& diagnostics) noexcept {
    engine_tiers& engine = *state_of(module).engine->tiers;
    module_tiers* const tiers = tiers_of(engine, module);
    if (tiers != nullptr) {
        const auto functions = static_cast<std::uint32_t>(module.info.bodies.size());
        const std::uint64_t pieces = 8 * std::uint64_t{engine.engine.options.jit_threads} + 1;
        const auto piece = static_cast<std::uint32_t>(functions / pieces + 1);
        for (std::uint32_t first = 0; first < functions; first += piece) {
            const compile_job job{tiers, first, lesser(piece, functions - first), compile_job::all_backends, 0};
            if (!engine.jobs.add(job)) {
                do_compile_job(job);
            }
        }
        engine.jobs.finish(*tiers);
    }
    const auto is_interpreted = [&](std::uint32_t defined) {
        return tiers == nullptr || (best_of(*tiers, defined, memory::memory_mode::signaling) == nullptr &&
                                    best_of(*tiers, defined, memory::memory_mode::bounds_checking) == nullptr);
    };
    return wasm::validate_some_bodies(module.info, module.bytes, diagnostics, engine.engine.options.allocator,
                                      is_interpreted);
}

/// tiering_ops::end_module.
[[gnu::cold]] inline void end_module_tiers(const module_data& module) noexcept {
    engine_tiers& engine = module.tiers->engine;
    engine.jobs.cancel(*module.tiers);
    for (const code_listener& each : engine.engine.options.code_listeners) {
        if (each.freed != nullptr) {
            module.tiers->for_chunks([&](std::span<const std::byte> memory) { each.freed(each.user, memory); });
        }
    }
    module_tiers::free(module.tiers);
}

/// tiering_ops::end_engine.
[[gnu::cold]] inline void end_engine_tiers(engine_state& engine) noexcept {
    destroy_object(engine.options.allocator, engine.tiers);
}

} // namespace riser::inline v0_1::core::runtime

#endif
