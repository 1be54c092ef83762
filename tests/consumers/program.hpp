#pragma once

#include <riser/riser.hpp>

#include <string>
#include <string_view>

/// Runs a WASI program with one argument. \returns what it wrote
riser::result<std::string> run_program(const riser::engine_base& engine, const std::string& path,
                                       const std::string& argument);

/// Calls `answer` of a module in the text format. \returns "answer = N"
riser::result<std::string> run_text(const riser::engine_base& engine, std::string_view text);
