#include "engines/mixed.hpp"

#include "riser/core/module/module_data.hpp"
#include "riser/custom_engine.hpp"
#include "riser_x64/baseline.hpp"

#include <memory>
#include <string_view>

namespace {

/// The baseline compiler, for functions whose names begin with a letter.
template <char Letter, bool IsModeSpecific>
class chosen {
public:
    static constexpr std::string_view name{&"bs"[Letter == 'b' ? 0 : 1], 1};
    static constexpr bool is_mode_specific = IsModeSpecific;

    explicit chosen(const riser::allocator& source) noexcept : compiler_(source) {}
    [[nodiscard]] const char* unusable() const noexcept { return compiler_.unusable(); }
    [[nodiscard]] riser::core::runtime::compiled_code compile(const riser::core::runtime::compile_task& task) noexcept {
        if (!riser::core::runtime::name_of_function(task.module, task.function).starts_with(Letter)) {
            return {.bytes = {}, .sites = {}, .loops = {}, .refusal = "of another tier"};
        }
        return compiler_.compile(task);
    }

private:
    riser::x64::baseline compiler_;
};

} // namespace

test::engine_pointer test::make_mixed_engine(riser::protection protection) {
    riser::engine_options options;
    options.tier_up = 0;
    options.protection = protection;
    return std::make_shared<riser::basic_engine<riser::memory_policy::adaptive, chosen<'b', false>, chosen<'s', true>>>(
        options);
}
