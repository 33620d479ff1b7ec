// Makes text from outside (programs' output, names in certificates, pods' logs) safe to store, send
// and print.
#pragma once

#include <absl/strings/string_view.h>
#include <google/protobuf/message.h>

#include <string>

namespace wheelhouse {

struct Utf8Character {
  char32_t code = 0;
  size_t bytes = 0;  // 0: what begins here is not UTF-8
};

// The first character of `text`, which must not be empty. Overlong forms, surrogates and codes
// above U+10FFFF are not UTF-8.
Utf8Character DecodeUtf8(absl::string_view text);

bool IsValidUtf8(absl::string_view text);

// Replaces each byte that is not part of UTF-8 by `?`.
std::string ValidUtf8(absl::string_view text);

// The same for every string in a message: a proto string that is not UTF-8 cannot be read again.
void MakeValidUtf8(google::protobuf::Message* message);

// At most the first `size` bytes, without cutting a character.
absl::string_view CutAtCharacter(absl::string_view text, size_t size);

// At most the last `size` bytes, without cutting a character.
absl::string_view TailAtCharacter(absl::string_view text, size_t size);

// Control characters (C0, DEL and C1, which some terminals obey too) become `\u001b`; for `in_json`
// quotes and backslashes are escaped too, so that the result fits into a JSON string.
std::string EscapeControls(absl::string_view text, bool in_json);

}  // namespace wheelhouse
