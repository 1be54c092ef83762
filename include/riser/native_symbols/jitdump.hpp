#pragma once

#include "riser/engine_options.hpp"
#include "riser/native_symbols/detail/output_file.hpp"
#include "riser/native_symbols/detail/symbol_name.hpp"

#include <cstdint>
#include <cstring>
#include <ctime>
#include <mutex>
#include <string>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace riser::inline v0_1::native_symbols {

/// Writes DIRECTORY/jit-PID.dump (jitdump-specification.txt of Linux, version 1): names and bytes of native code, and when they came to be.
/// `perf record -k mono` notes that the process has mapped the file; `perf inject --jit` makes of it what `perf report` and `perf annotate`
/// show. It tells apart what had the same address at different times. The file stays, and has all code that there ever was; one that an
/// earlier process of the same number has left is replaced.
///
/// Outlives the engine and all that was made with it. Thread-safe. Several engines may have the same one.
class jitdump {
public:
    explicit jitdump(const std::string& directory = ".")
        : file_(directory + "/jit-" + std::to_string(::getpid()) + ".dump", detail::old_content::dropped),
          marker_bytes_(static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) {
        const file_header header{.process = static_cast<std::uint32_t>(file_.process()), .timestamp = now()};
        file_.write(&header, sizeof header);
        if (file_.is_open()) {
            mark();
        }
    }
    jitdump(const jitdump&) = delete;
    jitdump& operator=(const jitdump&) = delete;
    ~jitdump() {
        if (marker_ != nullptr) {
            const record_header end{code_close, sizeof end, now()};
            file_.write(&end, sizeof end);
            ::munmap(marker_, marker_bytes_);
        }
    }

    /// For engine_options::code_listeners.
    [[nodiscard]] code_listener listener() noexcept {
        return {[](void* self, const published_code& code) { static_cast<jitdump*>(self)->add(code); }, nullptr, this};
    }

    /// Why nothing is written, or no more; empty where all is well.
    [[nodiscard]] std::string warning() const {
        const std::lock_guard lock(mutex_);
        return file_.warning();
    }

private:
    // As the specification has them, in the machine's order of bytes.

    struct file_header {
        std::uint32_t magic = 0x4A695444; // "JiTD"
        std::uint32_t version = 1;
        std::uint32_t bytes = sizeof(file_header);
        std::uint32_t machine = 62; // EM_X86_64
        std::uint32_t padding = 0;
        std::uint32_t process;
        std::uint64_t timestamp;
        std::uint64_t flags = 0;
    };
    struct record_header {
        std::uint32_t kind;
        std::uint32_t bytes; // with what follows
        std::uint64_t timestamp;
    };
    /// Behind it the name, a zero, and the code.
    struct code_load_record {
        record_header header;
        std::uint32_t process;
        std::uint32_t thread;
        std::uint64_t mapped_at;
        std::uint64_t runs_at;
        std::uint64_t code_bytes;
        std::uint64_t index; // unique
    };
    static constexpr std::uint32_t code_load = 0;
    static constexpr std::uint32_t code_close = 3;

    /// The clock that `perf record -k mono` takes.
    [[nodiscard]] static std::uint64_t now() noexcept {
        ::timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
    }

    /// Nobody reads this mapping: that it is executable makes perf note it, with the file's name.
    void mark() noexcept {
        void* const mapped = ::mmap(nullptr, marker_bytes_, PROT_READ | PROT_EXEC, MAP_PRIVATE, file_.descriptor(), 0);
        if (mapped == MAP_FAILED) {
            file_.fail("perf would not notice it, as the system maps it with no PROT_EXEC");
        } else {
            marker_ = mapped;
        }
    }

    void add(const published_code& code) noexcept {
        const detail::symbol_name name(code);
        const std::size_t name_bytes = name.view().size() + 1;
        const std::size_t bytes = sizeof(code_load_record) + name_bytes + code.bytes.size();
        const std::uint64_t address = reinterpret_cast<std::uintptr_t>(code.bytes.data());
        char front[sizeof(code_load_record) + detail::symbol_name::most_bytes + 1];
        const std::lock_guard lock(mutex_);
        const code_load_record record{{code_load, static_cast<std::uint32_t>(bytes), now()},
                                      static_cast<std::uint32_t>(file_.process()),
                                      static_cast<std::uint32_t>(::syscall(SYS_gettid)),
                                      address,
                                      address,
                                      code.bytes.size(),
                                      next_index_++};
        std::memcpy(front, &record, sizeof record);
        std::memcpy(front + sizeof record, name.c_str(), name_bytes);
        file_.write(front, sizeof record + name_bytes);
        file_.write(code.bytes.data(), code.bytes.size());
    }

    mutable std::mutex mutex_; // guards what follows
    detail::output_file file_;
    std::uint64_t next_index_ = 0;
    void* marker_ = nullptr;
    std::size_t marker_bytes_;
};

} // namespace riser::inline v0_1::native_symbols
