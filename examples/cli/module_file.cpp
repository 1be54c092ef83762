#include "module_file.hpp"

#include "riser/limits.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include <sys/stat.h>

namespace {

constexpr std::size_t first_part = std::size_t{1} << 16U;

struct closer {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

bool is_binary(std::string_view content) { return content.starts_with(std::string_view("\0asm", 4)); }

/// How large a file may be that begins like this.
std::size_t most_bytes(std::string_view content) {
    return is_binary(content) ? riser::limits::module_size : riser::limits::text_size;
}

/// What a file is called says it, or how it begins: with a parenthesis, behind white space and comments.
bool is_text(const std::string& path, std::string_view content) {
    const std::size_t first = content.find_first_not_of(" \t\r\n");
    return path.ends_with(".wat") ||
           (first != std::string_view::npos && (content[first] == '(' || content.substr(first).starts_with(";;")));
}

riser::resource_error cannot(const char* what, const std::string& path, const std::string& why) {
    return riser::resource_error(std::string("cannot ") + what + " " + path + ": " + why);
}

riser::resource_error too_large(const std::string& path, std::string_view content) {
    return cannot("read", path,
                  "larger than " + std::to_string(most_bytes(content)) + " bytes, the limit for modules in the " +
                      (is_binary(content) ? "binary" : "text") + " format");
}

/// How long a file says it is; 0 where it does not say.
std::size_t stated_size(std::FILE* file) {
    struct stat about{};
    return ::fstat(::fileno(file), &about) == 0 && S_ISREG(about.st_mode) ? static_cast<std::size_t>(about.st_size) : 0;
}

/// Is there a reason to read on? No text has a NUL; what has is refused by the parser, which says where.
bool may_go_on(const std::string& path, std::string_view content, std::string_view latest) {
    return is_binary(content) || (is_text(path, content) && latest.find('\0') == std::string_view::npos);
}

/// What is wrong with what is no module; empty where it may be one.
std::string refusal(const std::string& path, std::string_view content) {
    if (content.empty()) {
        return " is empty, and no WebAssembly module";
    }
    if (content.starts_with(std::string_view("\0asm\x0d\0\x01\0", 8))) {
        return " is a component; riser takes core modules (of wasm32-wasip1, say)";
    }
    return is_binary(content) || is_text(path, content)
               ? ""
               : " is no WebAssembly module: one begins with the bytes 00 61 73 6d, or in the text format with (";
}

} // namespace

riser::result<cli::module_file> cli::read_module_file(const std::string& path) {
    const std::unique_ptr<std::FILE, closer> file(std::fopen(path.c_str(), "rb"));
    if (!file) {
        return cannot("open", path, std::strerror(errno));
    }
    const std::size_t stated = stated_size(file.get());
    module_file made;
    std::size_t size = 0;
    for (std::size_t room = first_part;; room = std::max(2 * room, stated + 1)) {
        const std::size_t most = most_bytes(made.text().substr(0, size));
        if (size != 0 && std::max(size, stated) > most) {
            return too_large(path, made.text());
        }
        made.bytes.resize(std::min(room, most + 1));
        room = made.bytes.size();
        const std::size_t wanted = room - size;
        const std::size_t read = std::fread(made.bytes.data() + size, 1, wanted, file.get());
        const std::string_view content = made.text().substr(0, size + read);
        const std::string_view latest = content.substr(size);
        size += read;
        if (read < wanted || !may_go_on(path, content, latest)) {
            break;
        }
    }
    if (std::ferror(file.get()) != 0) {
        return cannot("read", path, std::strerror(errno));
    }
    made.bytes.resize(size);
    if (const std::string wrong = refusal(path, made.text()); !wrong.empty()) {
        return riser::resource_error(path + wrong);
    }
    made.is_text = !is_binary(made.text());
    return made;
}
