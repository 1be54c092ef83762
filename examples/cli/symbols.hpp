#pragma once

#include "commands.hpp"

#include "riser/native_symbols/gdb_jit.hpp"
#include "riser/native_symbols/jitdump.hpp"
#include "riser/native_symbols/perf_map.hpp"

#include <optional>

namespace cli {

/// Who is told of native code, as --profile and --gdb say. Outlives the engine.
class symbols {
public:
    /// What cannot be written is told as a warning; the program runs all the same.
    explicit symbols(const run_options& options);
    symbols(const symbols&) = delete;
    symbols& operator=(const symbols&) = delete;
    /// Warns of what could not be written to the end.
    ~symbols();

    void listen(riser::engine_options& options);

private:
    /// Of each file once.
    void warn();

    std::optional<riser::native_symbols::perf_map> perf_map_;
    bool is_map_told_ = false;
    std::optional<riser::native_symbols::jitdump> jitdump_;
    bool is_dump_told_ = false;
    std::optional<riser::native_symbols::gdb_jit> gdb_;
};

} // namespace cli
