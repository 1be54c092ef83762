#pragma once

// Where there is a backend; elsewhere it says that there is none.
#if defined(__linux__) && defined(__x86_64__) && !defined(__ILP32__)

#    include "riser/core/module/engine_state.hpp"
#    include "riser/core/module/tiering_ops.hpp"
#    include "riser/core/tiering/backend_ops.hpp"
#    include "riser/core/tiering/engine_tiers.hpp"
#    include "riser/core/tiering/native_faults.hpp"
#    include "riser/core/tiering/tier_report.hpp"
#    include "riser/core/tiering/tier_up.hpp"

namespace riser::inline v0_1::core::runtime {

template <class... Backends>
struct tiering_for {
    static_assert(sizeof...(Backends) <= module_tiers::most_backends, "too many backends");

    /// Where there is no memory the engine only interprets.
    /// \tparam MaySignal whether its memories may have guard pages; else nothing of what handles faults is compiled
    template <bool MaySignal>
    [[gnu::cold]] static void prepare(engine_state& engine) noexcept {
        engine.tiers = make_object<engine_tiers>(engine.options.allocator, engine, table.backends, &do_compile_job);
        if constexpr (MaySignal) {
            if (engine.tiers != nullptr) {
                engine.tiers->guarded = interpreter::guarded_beside_native;
                engine.tiers->guarded.code = &engine.code;
                engine.guarded = &engine.tiers->guarded;
            }
        }
    }

private:
    static constexpr backend_ops backends[] = {operations_of<Backends>...};
    static constexpr tiering_ops table = {backends,
                                          &enter_new_function,
                                          &go_on_in_native,
                                          &note_native_crossings,
                                          sizeof...(Backends) > 1 ? &note_poll_in_native : nullptr,
                                          &compile_module_natively,
                                          &end_module_tiers,
                                          &end_engine_tiers,
                                          &report_engine_tiers,
                                          &report_module_tiers};

public:
    static constexpr const tiering_ops* operations = &table;
};

} // namespace riser::inline v0_1::core::runtime

#else

#    include "riser/core/module/engine_state.hpp"
#    include "riser/core/module/tiering_ops.hpp"

namespace riser::inline v0_1::core::runtime {

template <class... Backends>
struct tiering_for {
    static_assert(sizeof...(Backends) == 0,
                  "native code is for Linux on x86-64: name no backend behind the memory policy of "
                  "basic_engine where you compile for anything else; that engine interprets");
    template <bool>
    static void prepare(engine_state&) noexcept {}
    static constexpr const tiering_ops* operations = nullptr;
};

} // namespace riser::inline v0_1::core::runtime

#endif
