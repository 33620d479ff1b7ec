// helm's --set grammar (its strvals package), as JSON.
//
// A pair comes as a separate key and value. It means the `--set` text KEY=VALUE in which every
// comma of VALUE is escaped, unless VALUE begins with `{`: then it is a list that ends with `}`. So
// a comma in a value does not start a second pair; backslashes, types and lists work as in helm.
// Some texts that helm accepts are refused, because helm 4 silently ignores them or reads them as
// two pairs: an empty name in a key, a `[` that is not closed, a `=` without a backslash in a key,
// a backslash at the end of a key, text after a list's `}`, a zero byte. tests/oracle compares this
// with helm's own code.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace wheelhouse {

// One step of a key: the name of a mapping's entry, or an index into a list (then the name is
// empty).
struct KeyPart {
  std::string name;
  int64_t index = -1;
  bool is_index() const { return index >= 0; }
};
using KeyPath = std::vector<KeyPart>;

// The parts of `a.b\.c[0]`; the first is a name. VALUES_INVALID says what is wrong with the key.
absl::StatusOr<KeyPath> ParseSetKey(absl::string_view key);

// The inverse of ParseSetKey.
std::string SetKey(const KeyPath& path);

// The document that pairs make, one after the other. It has bounds where helm has none: all pairs
// together may lengthen lists by 524288 entries (one index by up to 65537), a key has at most 100
// indices, and a name has at most 1022 characters, since helm does not read longer keys from a
// file.
class SetDocument {
 public:
  // `as_strings`: the pairs are for --set-string.
  explicit SetDocument(bool as_strings) : as_strings_(as_strings) {}

  // VALUES_INVALID names the key, never the value; the document may then contain a part of the
  // pair.
  absl::Status Merge(absl::string_view key, absl::string_view value);

  const nlohmann::json& json() const { return json_; }

 private:
  const bool as_strings_;
  nlohmann::json json_ = nlohmann::json::object();
  size_t added_entries_ = 0;
};

}  // namespace wheelhouse
