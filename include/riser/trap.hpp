#pragma once

// `riser::trap`, `riser::trap_frame`, `riser::trap_kind` and their wording.
#include "riser/core/code/trap_kind.hpp"
#include "riser/error.hpp"
