#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse {

// 32 bytes.
std::string Sha256(absl::string_view bytes);

// 64 lower-case hex digits.
std::string Sha256Hex(absl::string_view bytes);

// `sha256:` and 64 lower-case hex digits, of what is in the file. STORE_UNAVAILABLE when it cannot
// be read.
absl::StatusOr<std::string> Sha256OfFile(const std::string& path);

}  // namespace wheelhouse
