#pragma once

/// The engine, compiled: included by exactly one translation unit of a program whose others define
/// RISER_SEPARATE_COMPILATION.
#define RISER_SOURCE
#include "riser/riser.hpp"
