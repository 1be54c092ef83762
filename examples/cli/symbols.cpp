#include "symbols.hpp"

#include "report.hpp"

#include <string>

cli::symbols::symbols(const run_options& options) {
    if (options.profile == profile_choice::perf || options.profile == profile_choice::perf_map) {
        perf_map_.emplace();
    }
    if (options.profile == profile_choice::perf || options.profile == profile_choice::jitdump) {
        jitdump_.emplace();
    }
    if (options.tells_gdb) {
        gdb_.emplace();
    }
    warn();
}

cli::symbols::~symbols() { warn(); }

void cli::symbols::listen(riser::engine_options& options) {
    riser::code_listener* next = options.code_listeners;
    if (perf_map_) {
        *next++ = perf_map_->listener();
    }
    if (jitdump_) {
        *next++ = jitdump_->listener();
    }
    if (gdb_) {
        *next++ = gdb_->listener();
    }
}

void cli::symbols::warn() {
    const auto tell = [](const auto& writer, bool& is_told) {
        if (const std::string warning = writer ? writer->warning() : ""; !warning.empty() && !is_told) {
            say("warning: " + warning);
            is_told = true;
        }
    };
    tell(perf_map_, is_map_told_);
    tell(jitdump_, is_dump_told_);
}
