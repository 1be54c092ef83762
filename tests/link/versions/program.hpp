#pragma once

#include <cstddef>

namespace first {
void start(int (*host)(int));
int call(int n);
bool traps();
std::size_t size_of_store_limits();
void publish_code(); ///< for debuggers: a function that is none
} // namespace first

namespace second {
void start(int (*host)(int));
int call(int n);
bool traps();
std::size_t size_of_store_limits();
void publish_code(); ///< for debuggers: a function that is none
} // namespace second
