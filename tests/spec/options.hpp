#pragma once

#include <string>

namespace spec {

/// How scripts are run.
struct options {
    std::string tier = "interpreter";
    std::string memory = "adaptive";
    std::string mode = "lazy";
    bool list_skips = false;
};

} // namespace spec
