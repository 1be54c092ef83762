#pragma once

// Where there is a backend.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/base/allocator.hpp"
#    include "riser/core/base/vector.hpp"
#    include "riser/core/code/code_listener.hpp"
#    include "riser/core/memory/guest_scope.hpp"
#    include "riser/core/memory/os_linux_code.hpp"
#    include "riser/core/module/engine_state.hpp"
#    include "riser/core/tiering/backend_ops.hpp"
#    include "riser/core/tiering/code_memory.hpp"
#    include "riser/core/tiering/compile_jobs.hpp"
#    include "riser/core/tiering/module_tiers.hpp"

#    include <atomic>
#    include <cstddef>
#    include <mutex>
#    include <span>

namespace riser::inline v0_1::core::runtime {

/// How memory for native code is had, by what the engine's listeners want.
[[nodiscard, gnu::cold]] inline code_memory::ways ways_for(const engine_options& options) noexcept {
    for (const code_listener& each : options.code_listeners) {
        if (each.wants_anonymous_memory) {
            return memory::os::anonymous_code_pages;
        }
    }
    return memory::os::code_pages;
}

/// What an engine has of native code beside its modules': memory for it, compilers, threads. Thread-safe. Outlives the modules.
class engine_tiers {
public:
    static constexpr unsigned most_threads = 1024;

    engine_tiers(engine_state& engine_, std::span<const backend_ops> backends_, compile_jobs::work do_job) noexcept
        : engine(engine_), backends(backends_),
          memory(engine_.options.allocator, engine_.options.code_bytes, ways_for(engine_.options)),
          jobs(lesser(engine_.options.jit_threads, most_threads), do_job, engine_.options.allocator) {}
    engine_tiers(const engine_tiers&) = delete;
    engine_tiers& operator=(const engine_tiers&) = delete;
    [[gnu::cold]] ~engine_tiers() {
        for (std::size_t i = 0; i < backends.size(); ++i) {
            for (void* const each : idle_[i]) {
                backends[i].destroy(engine.options.allocator, each);
            }
        }
    }

    engine_state& engine;
    std::span<const backend_ops> backends;
    code_memory memory;
    memory::guarded_code guarded{}; ///< handlers and native code, in engines whose memories may signal
    tier_counts counts[module_tiers::most_backends];

    /// Whether the system lets no code run, so that nothing is compiled.
    [[nodiscard]] bool is_off() const noexcept { return is_off_.load(std::memory_order_relaxed); }
    void turn_off() noexcept { is_off_.store(true, std::memory_order_relaxed); }

    /// Why a backend can compile nothing; null where it can, or nobody has asked it to.
    [[nodiscard]] const char* why_unusable(std::size_t backend) const noexcept {
        return unusable_[backend].load(std::memory_order_relaxed);
    }

    /// A compiler for the caller alone. \returns null where there is no memory for it, or it can compile nothing
    [[nodiscard, gnu::cold]] void* take_compiler(std::size_t backend) noexcept {
        if (why_unusable(backend) != nullptr) {
            return nullptr;
        }
        {
            const std::lock_guard lock(mutex_);
            if (!idle_[backend].empty()) {
                void* const compiler = idle_[backend].back();
                idle_[backend].pop_back();
                return compiler;
            }
        }
        const backend_ops& ops = backends[backend];
        void* const compiler = ops.make(engine.options.allocator);
        const char* const unusable = compiler == nullptr ? nullptr : ops.unusable(compiler);
        if (unusable == nullptr) {
            return compiler;
        }
        unusable_[backend].store(unusable, std::memory_order_relaxed);
        ops.destroy(engine.options.allocator, compiler);
        return nullptr;
    }
    /// \param body_bytes of what it has compiled. The memory that this took is kept with the compiler, unless it may be much.
    [[gnu::cold]] void give_back_compiler(std::size_t backend, void* compiler, std::size_t body_bytes) noexcept {
        constexpr std::size_t most_usual_bytes = std::size_t{64} << 10U;
        if (body_bytes <= most_usual_bytes) {
            const std::lock_guard lock(mutex_);
            if (idle_[backend].try_push_back(compiler)) {
                return;
            }
        }
        backends[backend].destroy(engine.options.allocator, compiler);
    }

private:
    using compilers = vector<void*>;

    std::atomic<bool> is_off_ = false;
    std::atomic<const char*> unusable_[module_tiers::most_backends] = {};
    std::mutex mutex_; // guards what follows
    compilers idle_[module_tiers::most_backends] = {
        compilers(engine.options.allocator), compilers(engine.options.allocator), compilers(engine.options.allocator),
        compilers(engine.options.allocator)};

public:
    compile_jobs jobs; ///< last: its threads, which use the rest, end first
};

} // namespace riser::inline v0_1::core::runtime

#endif
