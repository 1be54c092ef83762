// The engine, compiled once; the other translation units define RISER_SEPARATE_COMPILATION.
#include <riser/source.hpp>
