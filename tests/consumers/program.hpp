#pragma once

#include <riser/riser.hpp>

#include <string>

/// Runs a WASI program with one argument. \returns what it wrote
riser::result<std::string> run_program(const riser::engine_base& engine, const std::string& path,
                                       const std::string& argument);
