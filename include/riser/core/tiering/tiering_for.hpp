#pragma once

// Where there is a backend.
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
    [[gnu::cold]] static void prepare(engine_state& engine) noexcept {
        engine.tiers = make_object<engine_tiers>(engine.options.allocator, engine, table.backends, &do_compile_job,
                                                 interpreter::guarded_beside_native);
        engine.guarded = engine.tiers == nullptr ? nullptr : &engine.tiers->guarded;
    }

private:
    static constexpr backend_ops backends[] = {operations_of<Backends>...};
    static constexpr tiering_ops table = {
        backends,          &enter_new_function, &go_on_in_native,     &compile_module_natively,
        &end_module_tiers, &end_engine_tiers,   &report_engine_tiers, &report_module_tiers};

public:
    static constexpr const tiering_ops* operations = &table;
};

} // namespace riser::inline v0_1::core::runtime

#endif
