#pragma once

// basic_engine whole, to make engines of other policies than the default one also with RISER_SEPARATE_COMPILATION.
#include "riser/basic_engine.hpp"
#include "riser/core/api/basic_engine.hpp"
#include "riser/memory_policy.hpp"
