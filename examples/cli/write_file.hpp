#pragma once

#include <string>
#include <string_view>

namespace cli {

/// Writes a file, or standard output where it is called "-". A file that was there before stays as it was until all of the new
/// content is written. \returns false where it cannot be written, which is told on stderr.
[[nodiscard]] bool write_file(const std::string& file, std::string_view content);

} // namespace cli
