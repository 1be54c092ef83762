// Translation units with different flags, linked into one program, use each other's engines and instances.

#include "unit.hpp"

#include <cstdio>
#include <string>

namespace {

unsigned passed = 0;
unsigned failed = 0;

void check(const std::string& what, const std::string& problem) {
    if (problem.empty()) {
        passed++;
    } else {
        failed++;
        std::printf("FAILED: %s: %s\n", what.c_str(), problem.c_str());
    }
}

} // namespace

int main() {
    using namespace link_test;
    const unit* const units[] = {&unit_plain(),   &unit_debug(),     &unit_no_exceptions(),
                                 &unit_native(),  &unit_fast_math(), &unit_sanitized(),
#if defined(RISER_HAS_BASELINE)
                                 &unit_baseline()
#endif
    };
    for (const unit* maker : units) {
        check(std::string(maker->name) + " on its own", maker->run_own());
        check(std::string(maker->name) + " has the layout of " + units[0]->name,
              maker->layout() == units[0]->layout() ? "" : "sizes differ");
        const guest_instance app = maker->make();
        for (const unit* user : units) {
            check(std::string(user->name) + " with an instance of " + maker->name, user->run_foreign(app.instance));
        }
    }
    std::printf("%u passed, %u failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
