// Text from others on a terminal: made harmless, and measured.
#pragma once

#include <absl/strings/string_view.h>

#include <string>

namespace wheelhouse::cli {

// One line that a terminal shows as it is written. Control, bidirectional and invisible characters,
// and bytes that are not UTF-8, are written out (`\u001b`, `\u202e`, `\xff`); a tab becomes four
// spaces.
std::string Printable(absl::string_view text);

// The columns that printable text takes: 2 for a wide character, 0 for a combining one.
int Columns(absl::string_view text);

// `text` in at most `columns`; ends in `...` when it was cut.
std::string Cut(absl::string_view text, int columns);

// `text`, filled up with spaces to `columns`; unchanged when it is longer.
std::string Padded(absl::string_view text, int columns);

}  // namespace wheelhouse::cli
