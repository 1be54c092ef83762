#pragma once

#include "riser/engine_options.hpp"
#include "riser/native_symbols/detail/output_file.hpp"
#include "riser/native_symbols/detail/symbol_name.hpp"

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>
#include <unistd.h>

namespace riser::inline v0_1::native_symbols {

/// Writes /tmp/perf-PID.map, where perf and other profilers of Linux look for the names of code that no file has: for each function a line with
/// address, size (hexadecimal) and name. They read it in the end, so the file stays. It cannot tell when code ends: where modules come and go, two
/// functions may have had the same address; see jitdump. Lines that are there already stay, which another JIT of the process may
/// have written.
///
/// Outlives the engine and all that was made with it. Thread-safe. Several engines may have the same one.
class perf_map {
public:
    perf_map() : file_("/tmp/perf-" + std::to_string(::getpid()) + ".map", detail::old_content::kept) {}
    perf_map(const perf_map&) = delete;
    perf_map& operator=(const perf_map&) = delete;
    ~perf_map() = default;

    /// For engine_options::code_listeners.
    [[nodiscard]] code_listener listener() noexcept {
        return {[](void* self, const published_code& code) { static_cast<perf_map*>(self)->add(code); }, nullptr, this,
                true};
    }

    /// Why nothing is written, or no more; empty where all is well.
    [[nodiscard]] std::string warning() const {
        const std::lock_guard lock(mutex_);
        return file_.warning();
    }

private:
    void add(const published_code& code) noexcept {
        const detail::symbol_name name(code);
        char line[detail::symbol_name::most_bytes + 64];
        const int size =
            std::snprintf(line, sizeof line, "%llx %llx %s\n",
                          static_cast<unsigned long long>(reinterpret_cast<std::uintptr_t>(code.bytes.data())),
                          static_cast<unsigned long long>(code.bytes.size()), name.c_str());
        const std::lock_guard lock(mutex_);
        file_.write(line, static_cast<std::size_t>(size));
    }

    mutable std::mutex mutex_; // guards what follows
    detail::output_file file_;
};

} // namespace riser::inline v0_1::native_symbols
