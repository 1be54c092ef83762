#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/base/algorithm.hpp"
#    include "riser/core/base/allocator.hpp"
#    include "riser/core/base/vector.hpp"
#    include "riser/core/code/code.hpp"
#    include "riser/core/module/module_data.hpp"
#    include "riser/core/tiering/memory_modes.hpp"
#    include "riser/core/tiering/native_code.hpp"

#    include <atomic>
#    include <cstddef>
#    include <cstdint>
#    include <mutex>
#    include <new>

namespace riser::inline v0_1::core::runtime {

class engine_tiers;

/// How a call that was interpreted so far enters a loop of a native function.
struct native_loop {
    code_word words[2]; ///< enter_native and where the entry is
    std::uint32_t wasm_offset;
    std::atomic<std::uint32_t>
        head; ///< the word of bytecode before which the loop polls; 0 until somebody has found it out
};

/// A function that a backend has compiled: what handlers enter it by. Ends with its module.
struct native_function {
    code_word preamble[preamble_words]; ///< checks and charges nothing, which the native prologue does
    code_word words[2];                 ///< enter_native and where the code is
    const void* code;
    std::uint64_t loop_count;

    [[nodiscard]] native_loop* loops() const noexcept {
        return reinterpret_cast<native_loop*>(const_cast<native_function*>(this) + 1);
    }
    [[nodiscard]] static constexpr std::size_t words_for(std::size_t loops) noexcept {
        return (sizeof(native_function) + loops * sizeof(native_loop)) / sizeof(code_word);
    }
};
static_assert(sizeof(native_function) % sizeof(code_word) == 0 && sizeof(native_loop) % sizeof(code_word) == 0);

/// What has become of a function in one tier. Zeros: nothing yet. Thread-safe.
class tier_state {
public:
    /// \returns whether the caller is the one who compiles the function
    [[nodiscard]] bool claim() noexcept {
        std::uintptr_t before = open;
        return word_.compare_exchange_strong(before, claimed, std::memory_order_acq_rel);
    }
    // By whom has claimed it:
    void reopen() noexcept { word_.store(open, std::memory_order_release); }
    void refuse() noexcept { word_.store(refused, std::memory_order_release); }
    void publish(const native_function& native) noexcept {
        word_.store(reinterpret_cast<std::uintptr_t>(&native), std::memory_order_release);
    }

    [[nodiscard]] bool is_open() const noexcept { return word_.load(std::memory_order_relaxed) == open; }
    /// Null where it has no code.
    [[nodiscard]] const native_function* native() const noexcept {
        const std::uintptr_t word = word_.load(std::memory_order_acquire);
        return word > refused ? reinterpret_cast<const native_function*>(word) : nullptr;
    }

private:
    static constexpr std::uintptr_t open = 0;
    static constexpr std::uintptr_t claimed = 1;
    static constexpr std::uintptr_t refused = 2;

    std::atomic<std::uintptr_t> word_;
};

/// How much of a function was interpreted, in operators. Zeros at first. Thread-safe; what threads add at the same time may be lost.
class function_heat {
public:
    /// \returns all of it
    std::uint32_t add(std::uint64_t operators) noexcept {
        if (const std::uint32_t debt = debt_.load(std::memory_order_relaxed); debt != 0) [[unlikely]] {
            const std::uint64_t paid = lesser(std::uint64_t{debt}, operators);
            debt_.store(static_cast<std::uint32_t>(debt - paid), std::memory_order_relaxed);
        }
        const std::uint32_t before = operators_.load(std::memory_order_relaxed);
        const auto after = static_cast<std::uint32_t>(lesser(before + lesser(operators, most), most));
        operators_.store(after, std::memory_order_relaxed);
        return after;
    }
    /// A compilation failed for want of memory, after so long. It is not tried again before as much has been interpreted as for the first
    /// time, and several times as long, unless code memory has been given back: while that is full, most of the time is for what runs.
    /// \param given_back code_memory::times_given_back()
    void cool(std::uint64_t nanoseconds, std::uint32_t given_back) noexcept {
        constexpr std::uint64_t operators_per_nanosecond = 64;
        const std::uint64_t debt = lesser(nanoseconds, most / operators_per_nanosecond) * operators_per_nanosecond;
        failed_at_.store(given_back, std::memory_order_relaxed);
        debt_.store(static_cast<std::uint32_t>(debt), std::memory_order_relaxed);
        operators_.store(0, std::memory_order_relaxed);
    }
    [[nodiscard]] bool may_compile(std::uint32_t given_back) const noexcept {
        return debt_.load(std::memory_order_relaxed) == 0 || failed_at_.load(std::memory_order_relaxed) != given_back;
    }

    /// Whether to look for the loop that polls, which takes a translation of the function.
    [[nodiscard]] bool may_look(std::uint32_t operators) const noexcept {
        return operators >= look_at_.load(std::memory_order_relaxed) && operators < most;
    }
    /// It was in vain: the next look waits for twice the operators.
    void look_later(std::uint32_t operators) noexcept {
        look_at_.store(static_cast<std::uint32_t>(lesser(2 * std::uint64_t{operators} + 1, most)),
                       std::memory_order_relaxed);
    }

    static constexpr std::uint64_t most = std::uint64_t{1} << 31U;

private:
    std::atomic<std::uint32_t> operators_;
    std::atomic<std::uint32_t> look_at_;
    std::atomic<std::uint32_t> debt_;      ///< operators that are interpreted before the next attempt
    std::atomic<std::uint32_t> failed_at_; ///< when the last one failed
};

/// What a backend has done.
struct tier_counts {
    std::atomic<std::uint64_t> functions = 0;
    std::atomic<std::uint64_t> code_bytes = 0;
    std::atomic<std::uint64_t> nanoseconds = 0;
    std::atomic<std::uint64_t> refused = 0;
};

/// A module's functions in the tiers of its engine's backends. Made when the first function is hot. Thread-safe.
class module_tiers {
public:
    static constexpr std::size_t most_backends = 4;

    /// \returns null where there is no memory
    [[nodiscard, gnu::cold]] static module_tiers* make(engine_tiers& engine, const module_data& module,
                                                       std::size_t backends, code_memory& memory, code_map& map,
                                                       const allocator& source) noexcept {
        const std::size_t functions = module.info.bodies.size();
        const std::size_t bytes = bytes_for(functions, backends);
        void* const block = source.allocate(source.user, bytes, alignof(module_tiers));
        return block == nullptr ? nullptr : ::new (block) module_tiers(engine, module, backends, memory, map, source);
    }
    [[gnu::cold]] static void free(module_tiers* tiers) noexcept {
        const allocator& source = tiers->source_;
        const std::size_t bytes = bytes_for(tiers->module.info.bodies.size(), tiers->backends_);
        tiers->~module_tiers();
        source.deallocate(source.user, tiers, bytes, alignof(module_tiers));
    }
    module_tiers(const module_tiers&) = delete;
    module_tiers& operator=(const module_tiers&) = delete;

    engine_tiers& engine;
    const module_data& module;
    tier_counts counts[most_backends];

    /// \param mode any where the backend is not mode-specific: `index_of` says which state it has
    [[nodiscard]] tier_state& state(std::uint32_t defined, std::size_t backend, std::size_t index) const noexcept {
        return states()[(defined * backends_ + backend) * memory::memory_mode_count + index];
    }
    [[nodiscard]] function_heat& heat(std::uint32_t defined) const noexcept {
        return reinterpret_cast<function_heat*>(states() + module.info.bodies.size() * backends_ *
                                                               memory::memory_mode_count)[defined];
    }

    /// Where code for these modes lies.
    [[nodiscard]] native_code& code(memory_modes modes) noexcept {
        return modes == all_memory_modes                       ? for_all_
               : modes == only(memory::memory_mode::signaling) ? for_signaling_
                                                               : for_checking_;
    }

    /// Calls `each(memory)` for all memory of the module's native code, of which no more is taken.
    template <class Each>
    void for_chunks(const Each& each) const {
        for (const native_code* const code : {&for_all_, &for_checking_, &for_signaling_}) {
            code->for_chunks(each);
        }
    }

    struct refusal {
        std::size_t backend;
        const char* reason;
        std::uint64_t functions;
        std::uint32_t first;
    };
    /// Takes note of why a function is refused, as far as there is memory for it.
    [[gnu::cold]] void note_refusal(std::size_t backend, const char* reason, std::uint32_t function) noexcept {
        const std::lock_guard lock(mutex_);
        for (refusal& each : refusals_) {
            if (each.backend == backend && each.reason == reason) {
                ++each.functions;
                return;
            }
        }
        static_cast<void>(refusals_.try_push_back({backend, reason, 1, function}));
    }
    /// Calls `each(refusal)`.
    template <class Each>
    void for_refusals(const Each& each) const {
        const std::lock_guard lock(mutex_);
        for (const refusal& one : refusals_) {
            each(one);
        }
    }

private:
    module_tiers(engine_tiers& engine_, const module_data& module_, std::size_t backends, code_memory& memory,
                 code_map& map, const allocator& source) noexcept
        : engine(engine_), module(module_), source_(source), backends_(backends),
          for_all_(module_, all_memory_modes, memory, map, source),
          for_checking_(module_, only(memory::memory_mode::bounds_checking), memory, map, source),
          for_signaling_(module_, only(memory::memory_mode::signaling), memory, map, source), refusals_(source) {}
    ~module_tiers() = default;

    [[nodiscard]] static constexpr std::size_t bytes_for(std::size_t functions, std::size_t backends) noexcept {
        return sizeof(module_tiers) +
               functions * (backends * memory::memory_mode_count * sizeof(tier_state) + sizeof(function_heat));
    }
    /// Behind the object, then the heats: fresh memory is zeros, and its pages are untouched where it is large.
    [[nodiscard]] tier_state* states() const noexcept {
        return reinterpret_cast<tier_state*>(const_cast<module_tiers*>(this) + 1);
    }

    const allocator& source_;
    std::size_t backends_;
    native_code for_all_;
    native_code for_checking_;
    native_code for_signaling_;
    mutable std::mutex mutex_; // guards what follows
    vector<refusal> refusals_;
};

} // namespace riser::inline v0_1::core::runtime

#endif
