#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse {

// 32 bytes.
std::string Sha256(absl::string_view bytes);

// 64 lower-case hex digits.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace wheelhouse
