#pragma once

#include "riser/wat/detail/script_commands.hpp"
