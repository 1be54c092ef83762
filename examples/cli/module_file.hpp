#pragma once

#include "riser/error.hpp"
#include "riser/wat/position.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cli {

/// What is in the file of a module, in one of the two formats.
struct module_file {
    std::vector<std::byte> bytes;
    bool is_text = false;

    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    }
};

/// Where `file`, as it is on the command line, is found.
[[nodiscard]] inline std::string path_of(const std::string& file) { return file == "-" ? "/dev/stdin" : file; }

/// Reads a file, whose beginning tells the format. Of what is no module only the beginning is read: a device or pipe may have
/// no end. \returns resource_error, which names the file.
[[nodiscard]] riser::result<module_file> read_module_file(const std::string& path);

/// The binary of a module in the text format. \returns resource_error that names file, line and column, and shows the line.
[[nodiscard]] riser::result<std::vector<std::byte>> to_binary(const std::string& path, std::string_view text,
                                                              bool has_names);

/// Where something is in a text: "file:line:column", and the line with a caret below, each behind a line break.
struct place_in_text {
    std::string where;
    std::string excerpt;
};

/// Where in the text the byte at an offset of its binary comes from; nothing where nothing there is it.
[[nodiscard]] std::optional<place_in_text> find_in_text(const std::string& path, std::string_view text,
                                                        std::size_t offset);

/// The same for several bytes, as line and column.
[[nodiscard]] std::vector<std::optional<riser::wat::position>> find_in_text(std::string_view text,
                                                                            std::span<const std::size_t> offsets);

/// The binary of what was read, which is used up unless it is a text.
[[nodiscard]] inline riser::result<std::vector<std::byte>> to_binary(const std::string& path, module_file&& file) {
    return file.is_text ? to_binary(path, file.text(), true) : std::move(file.bytes);
}

} // namespace cli
