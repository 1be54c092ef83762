// The engine as one translation unit. The others of a program define RISER_SEPARATE_COMPILATION, see declarations only
// and compile fast, and this one may be optimised where they are not.
#define RISER_WASI // compiles the optional parts, too
#define RISER_WAT
#include "riser/source.hpp"
