// helm's --set grammar (its strvals package), as JSON.
//
// A pair comes as (key, value), already apart. It stands for the one `--set` text KEY=VALUE, where
// the commas of VALUE that have no backslash get one; not so those of a VALUE that begins with `{`,
// which is a list and ends with the list's `}`. So a comma in a value starts no second pair;
// backslashes, types and lists are helm's. Refused although helm takes it, since helm 4 does
// nothing then and says nothing, or the pair would be two: an empty name in a key, a `[` that is
// not closed, a `=` without a backslash in a key, a backslash at a key's end, text after a list's
// `}`, a zero byte. tests/oracle holds this against helm's own code.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wheelhouse::helm {

// One step of a key: the name of a mapping's entry, or an index into a list (then the name is
// empty).
struct KeyPart {
  std::string name;
  int64_t index = -1;
  bool is_index() const { return index >= 0; }
};
using KeyPath = std::vector<KeyPart>;

// `a.b\.c[0]` as its parts; the first is a name. VALUES_INVALID says what is wrong with it.
absl::StatusOr<KeyPath> ParseSetKey(absl::string_view key);

// The inverse of ParseSetKey.
std::string SetKey(const KeyPath& path);

// What pairs make, one after the other. Bounds where helm has none: all pairs together may lengthen
// lists by 524288 entries (one index asks for up to 65537 of them), a key has at most 100 indices,
// and a name at most 1022 characters: helm reads no longer key from a file.
class SetDocument {
 public:
  // `as_strings`: the pairs are of --set-string.
  explicit SetDocument(bool as_strings) : as_strings_(as_strings) {}

  // VALUES_INVALID names the key, never the value; a part of the pair may be in the document then.
  absl::Status Merge(absl::string_view key, absl::string_view value);

  const nlohmann::json& json() const { return json_; }

 private:
  const bool as_strings_;
  nlohmann::json json_ = nlohmann::json::object();
  size_t added_entries_ = 0;
};

}  // namespace wheelhouse::helm
