// What looks like a secret in a text, whoever wrote it.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse {

// One line with `***` for each bearer token, for the password in a URL, and for what stands after
// the name of a secret (secret_names.h) and `=` or `:`. Takes time in proportion to the line.
std::string MaskLooks(absl::string_view line);

}  // namespace wheelhouse
