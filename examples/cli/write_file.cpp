#include "write_file.hpp"

#include "report.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

/// Writes and closes. errno is set where it fails.
bool write_all(int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ::ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno != EINTR) {
            const int why = errno;
            ::close(descriptor);
            errno = why;
            return false;
        }
        content.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
    }
    return ::close(descriptor) == 0;
}

/// A device or pipe: nothing is lost in it.
bool write_in_place(const std::string& file, std::string_view content) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    return descriptor >= 0 && write_all(descriptor, content);
}

/// What a new file's permissions are.
::mode_t new_mode() {
    const ::mode_t mask = ::umask(0);
    ::umask(mask);
    return static_cast<::mode_t>(0666U & ~mask);
}

/// Writes a file beside the one that is meant, which then takes its place.
bool write_and_rename(const std::string& file, ::mode_t mode, std::string_view content) {
    std::string beside = file + ".XXXXXX";
    const int descriptor = ::mkstemp(beside.data());
    if (descriptor < 0) {
        return false;
    }
    const bool has_mode = ::fchmod(descriptor, mode) == 0;
    if (write_all(descriptor, content) && has_mode && std::rename(beside.c_str(), file.c_str()) == 0) {
        return true;
    }
    const int why = errno;
    ::unlink(beside.c_str());
    errno = why;
    return false;
}

bool write(const std::string& file, std::string_view content) {
    struct stat there{};
    if (::stat(file.c_str(), &there) != 0) {
        return write_and_rename(file, new_mode(), content);
    }
    if (!S_ISREG(there.st_mode)) {
        return write_in_place(file, content);
    }
    // What a link leads to is replaced, not the link, and nothing that may not be written.
    std::error_code ignored;
    const std::filesystem::path target = std::filesystem::canonical(file, ignored);
    return ::access(file.c_str(), W_OK) == 0 && write_and_rename(target.string(), there.st_mode & 07777U, content);
}

} // namespace

bool cli::write_file(const std::string& file, std::string_view content) {
    if (file == "-") {
        std::fwrite(content.data(), 1, content.size(), stdout); // whether all has arrived, main() looks
        return true;
    }
    if (!write(file, content)) {
        say("cannot write " + file + ": " + std::strerror(errno));
        return false;
    }
    return true;
}
