// Text of others on a terminal: what it may do there, and how wide it is.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse::cli {

// One line with nothing in it that a terminal would obey, or that would show text in another order
// than it stands: control characters, bidirectional and invisible ones, and bytes that are not
// UTF-8 are written out (`\u001b`, `\u202e`, `\xff`); a tab is four spaces.
std::string Printable(absl::string_view text);

// The columns that printable text takes: 2 for wide characters, 0 for combining ones.
int Columns(absl::string_view text);

// `text` in at most `columns`; what was cut ends in `...`.
std::string Cut(absl::string_view text, int columns);

// `text` and spaces up to `columns`, or `text` as it is when it is longer.
std::string Padded(absl::string_view text, int columns);

}  // namespace wheelhouse::cli
