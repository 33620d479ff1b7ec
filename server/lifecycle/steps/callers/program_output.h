// The output of programs, as the steps that run them use it.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

#include "server/lifecycle/core/trail.h"

namespace wheelhouse::lifecycle {

constexpr size_t kMostOfPayload = 64 << 10;

// Keeps what `who` printed under a key of the payload, without its last newline. STEP_FAILED for
// more than kMostOfPayload bytes and for what is not UTF-8: a value that is cut or changed would be
// another value.
absl::Status SetPayload(const std::string& who, const std::string& key, absl::string_view printed,
                        Trail& trail);

// The last 500 bytes, as an error message holds them.
std::string ShortTail(absl::string_view printed);

}  // namespace wheelhouse::lifecycle
