#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/code/code.hpp"
#    include "riser/core/code/code_listener.hpp"
#    include "riser/core/interpreter/native_frames.hpp"
#    include "riser/core/module/module_state.hpp"
#    include "riser/core/tiering/engine_tiers.hpp"

#    include <atomic>
#    include <cstddef>
#    include <cstdint>
#    include <cstring>
#    include <mutex>
#    include <new>
#    include <span>
#    include <string_view>

// From a hot function to entries that enter its native code.

namespace riser::inline v0_1::core::runtime {

/// The state that a function has in a backend's tier, for a mode.
[[nodiscard]] inline std::uint8_t index_of(const backend_ops& backend, memory::memory_mode mode) noexcept {
    return backend.is_mode_specific ? static_cast<std::uint8_t>(mode) : std::uint8_t{0};
}
[[nodiscard]] inline memory_modes modes_of(const backend_ops& backend, std::uint8_t index) noexcept {
    return backend.is_mode_specific ? only(static_cast<memory::memory_mode>(index)) : all_memory_modes;
}

/// The tiers of a module; null where nobody has made them.
[[nodiscard, gnu::cold]] inline module_tiers* existing_tiers(const module_data& module) noexcept {
    return std::atomic_ref<module_tiers*>(module.tiers).load(std::memory_order_acquire);
}

/// The tiers of a module, made at first use. \returns null where there is no memory
[[nodiscard, gnu::cold]] inline module_tiers* tiers_of(engine_tiers& engine, const module_data& module) noexcept {
    if (module_tiers* const made = existing_tiers(module)) {
        return made;
    }
    const std::lock_guard lock(module.mutex);
    module_tiers* tiers = existing_tiers(module);
    if (tiers == nullptr) {
        tiers = module_tiers::make(engine, module, engine.backends.size(), engine.memory, engine.engine.code,
                                   engine.engine.options.allocator);
        for (const module_code* const each : module.code) {
            if (each != nullptr && tiers != nullptr) {
                expect_native_calls(*each);
            }
        }
        std::atomic_ref<module_tiers*>(module.tiers).store(tiers, std::memory_order_release);
    }
    return tiers;
}

/// The native code of a function from the highest tier that has any for the mode; null where none has.
[[nodiscard, gnu::cold]] inline const native_function* best_of(const module_tiers& tiers, std::uint32_t defined,
                                                               memory::memory_mode mode) noexcept {
    const std::span<const backend_ops> backends = tiers.engine.backends;
    for (std::size_t i = backends.size(); i-- != 0;) {
        if (const native_function* const native = tiers.state(defined, i, index_of(backends[i], mode)).native()) {
            return native;
        }
    }
    return nullptr;
}

/// Calls of the function in the mode of `code` enter its best native code from now on, where it has any. The caller holds the module's
/// mutex, as whoever publishes bytecode does. \returns the words that do; null where there are none
[[gnu::cold]] inline const code_word* publish_best(const module_tiers& tiers, const module_code& code,
                                                   std::uint32_t defined) noexcept {
    const native_function* const native = best_of(tiers, defined, code.mode);
    if (native == nullptr) {
        return nullptr;
    }
    code.entries[defined].publish_native(native->code, native->words);
    return native->words;
}

namespace detail {

/// \returns null where there is no memory. The caller holds the module's mutex.
[[nodiscard, gnu::cold]] inline native_function* make_native_function(const module_data& module, std::uint32_t function,
                                                                      const std::byte* code, std::uint32_t entry,
                                                                      std::span<const loop_entry> loops) noexcept {
    const auto word = [](const void* address) { return reinterpret_cast<code_word>(address); };
    const auto enter = reinterpret_cast<code_word>(&interpreter::enter_native);
    code_word* const room = module.bytecode_words.allocate(native_function::words_for(loops.size()));
    if (room == nullptr) {
        return nullptr;
    }
    auto* const made = ::new (room)
        native_function{{function, make_preamble(0, 0)}, {enter, word(code + entry)}, code + entry, loops.size()};
    for (std::size_t i = 0; i < loops.size(); ++i) {
        ::new (made->loops() + i) native_loop{{enter, word(code + loops[i].offset)}, loops[i].wasm_offset, {0}};
    }
    return made;
}

enum class publication : std::uint8_t { done, later, never };

/// Tells the listeners of code that lies where it will run.
[[gnu::cold]] inline void tell_published(const engine_tiers& engine, const compile_task& task, std::string_view tier,
                                         const std::byte* code, const compiled_code& compiled) noexcept {
    for (const code_listener& each : engine.engine.options.code_listeners) {
        if (each.published != nullptr) {
            each.published(each.user, {{code, compiled.bytes.size()},
                                       task.module.info.name,
                                       name_of_function(task.module, task.function),
                                       task.function,
                                       tier,
                                       compiled.entry,
                                       compiled.sites});
        }
    }
}

/// Writes what was compiled into the module's code memory, and publishes it.
[[nodiscard, gnu::cold]] inline publication publish_code(module_tiers& tiers, const compile_task& task,
                                                         std::string_view tier, tier_state& state,
                                                         const compiled_code& compiled) noexcept {
    const compiled_function described{task.function, static_cast<std::uint32_t>(compiled.bytes.size()),
                                      std::as_bytes(compiled.sites)};
    native_code& code = tiers.code(task.modes);
    const native_piece piece = code.allocate({&described, 1});
    if (piece.error) {
        const code_memory_failure why = piece.error.failure;
        if (why == code_memory_failure::refused || why == code_memory_failure::forked) {
            tiers.engine.turn_off();
        }
        return publication::later;
    }
    std::memcpy(piece.writable, compiled.bytes.data(), compiled.bytes.size());
    if (code.publish(piece)) {
        return publication::never; // what was taken stays taken: not once more
    }
    tell_published(tiers.engine, task, tier, piece.executable, compiled);
    const module_data& module = task.module;
    const std::lock_guard lock(module.mutex);
    const native_function* const native =
        make_native_function(module, task.function, piece.executable, compiled.entry, compiled.loops);
    if (native == nullptr) {
        return publication::never;
    }
    state.publish(*native);
    for (const module_code* const each : module.code) {
        if (each != nullptr && (task.modes & only(each->mode)) != 0) {
            publish_best(tiers, *each, task.function - module.info.imported_functions);
        }
    }
    return publication::done;
}

[[gnu::cold]] inline void count(tier_counts& counts, std::uint64_t nanoseconds, std::uint64_t bytes,
                                bool is_refused) noexcept {
    counts.nanoseconds.fetch_add(nanoseconds, std::memory_order_relaxed);
    counts.code_bytes.fetch_add(bytes, std::memory_order_relaxed);
    counts.functions.fetch_add(bytes != 0 ? 1 : 0, std::memory_order_relaxed);
    counts.refused.fetch_add(is_refused ? 1 : 0, std::memory_order_relaxed);
}

} // namespace detail

/// Compiles a function that the caller has claimed in its state. Where there is no memory it stays open, for later.
[[gnu::cold, gnu::noinline]] inline void compile_claimed(module_tiers& tiers, std::uint32_t defined,
                                                         std::size_t backend, std::uint8_t index) noexcept {
    engine_tiers& engine = tiers.engine;
    tier_state& state = tiers.state(defined, backend, index);
    const backend_ops& ops = engine.backends[backend];
    void* const compiler = engine.is_off() ? nullptr : engine.take_compiler(backend);
    if (compiler == nullptr) {
        tiers.heat(defined).cool(0, 0);
        state.reopen();
        return;
    }
    const compile_task task{tiers.module, defined + tiers.module.info.imported_functions, modes_of(ops, index)};
    const std::uint32_t given_back = engine.memory.times_given_back();
    const std::uint64_t begun = engine.engine.now();
    const compiled_code compiled = ops.compile(compiler, task);
    const char* refusal = compiled.refusal;
    detail::publication published = detail::publication::never;
    if (refusal == nullptr) {
        published = detail::publish_code(tiers, task, ops.name, state, compiled);
        refusal = published == detail::publication::never ? "no memory for its code" : nullptr;
    }
    const std::uint64_t bytes = published == detail::publication::done ? compiled.bytes.size() : 0;
    engine.give_back_compiler(backend, compiler, tiers.module.info.bodies[defined].bytes.size);
    const std::uint64_t nanoseconds = engine.engine.now() - begun;
    for (tier_counts* const counts : {&engine.counts[backend], &tiers.counts[backend]}) {
        detail::count(*counts, nanoseconds, bytes, refusal != nullptr);
    }
    if (refusal != nullptr) {
        tiers.note_refusal(backend, refusal, task.function);
        state.refuse();
    } else if (published == detail::publication::later) {
        tiers.heat(defined).cool(nanoseconds, given_back);
        state.reopen();
    }
}

/// Compiles a function at once if nobody has, in the lowest tier that does not refuse it.
[[gnu::cold]] inline void compile_lowest(module_tiers& tiers, std::uint32_t defined,
                                         memory::memory_mode mode) noexcept {
    const std::span<const backend_ops> backends = tiers.engine.backends;
    for (std::size_t i = 0; i < backends.size(); ++i) {
        const std::uint8_t index = index_of(backends[i], mode);
        tier_state& state = tiers.state(defined, i, index);
        if (state.claim()) {
            compile_claimed(tiers, defined, i, index);
        }
        if (state.native() != nullptr) {
            return;
        }
    }
}

} // namespace riser::inline v0_1::core::runtime

#endif
