#pragma once

#include "riser_x64/common/assemble.hpp"

#include <doctest/doctest.h>

/// The templates, assembled once for all tests.
inline const riser::x64::template_set& test_templates() {
    static const riser::x64::template_set templates = [] {
        riser::x64::template_set set;
        REQUIRE(riser::x64::template_assembler::assemble(set));
        return set;
    }();
    return templates;
}
