// How one secret may stand in a program's output.
#pragma once

#include <absl/strings/string_view.h>

#include <string>
#include <vector>

namespace wheelhouse {

struct SecretForm {
  enum class Match {
    kAnywhere,
    kWord,         // not inside a longer word of letters, digits and underscores
    kBase64,       // anywhere in base64, whose whole run counts then
    kWholeBase64,  // not inside longer base64
  };
  std::string text;  // at least kShortestSecret bytes
  Match match = Match::kAnywhere;
};

// Shorter secrets are not masked: that would mask half of any text.
inline constexpr size_t kShortestSecret = 4;

// What many texts have for reasons of their own, even under the key `password`: `true`, `default`,
// numbers of up to four digits. Never masked.
bool IsCommonWord(absl::string_view word);

// The forms of a secret: as it is, as Go's %q, JSON, YAML and URLs write it (the first two also
// twice, for a message that quotes a quoted text), in base64 (padded or not, and inside longer
// base64, as in the data of a Secret that holds a whole file), and the same for each of its lines.
// Surrounding white space does not count. Secrets of less than 8 bytes are found as words alone.
std::vector<SecretForm> FormsOf(absl::string_view secret);

}  // namespace wheelhouse
