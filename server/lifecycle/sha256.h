#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse::lifecycle {

// The 32 bytes of the digest.
std::string Sha256(absl::string_view input);

}  // namespace wheelhouse::lifecycle
