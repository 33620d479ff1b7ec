#include "common/formats/canonical_yaml.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

#include "common/formats/yaml_scalar.h"

namespace wheelhouse {
namespace {

// With its length, so that no two sequences of texts read the same.
std::string Text(char kind, const std::string& text) {
  return absl::StrCat(std::string(1, kind), text.size(), ":", text);
}

std::string Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  switch (TypeOf(node)) {
    case YamlType::kNull:
      return "N";
    case YamlType::kTrue:
      return "T";
    case YamlType::kFalse:
      return "F";
    case YamlType::kPerhapsNumber:
      return Text('n', text);
    case YamlType::kTagged:
      return Text('t', node.Tag()) + Text('s', text);
    case YamlType::kString:
      break;
  }
  return Text('s', text);
}

class Writer {
 public:
  explicit Writer(size_t limit) : left_(limit) {}

  // False when the limit is reached: nothing more is written then.
  bool Write(const YAML::Node& node, std::string* out) {
    if (node.IsMap()) return WriteMap(node, out);
    if (!node.IsSequence()) return Add(node.IsScalar() ? Scalar(node) : "N", out);
    if (!Add("[", out)) return false;
    for (const YAML::Node& item : node) {
      if (!Write(item, out)) return false;
    }
    return Add("]", out);
  }

 private:
  bool WriteMap(const YAML::Node& map, std::string* out) {
    bool merges = false;
    std::vector<std::tuple<std::string, size_t, std::string>> entries;
    for (const auto& entry : map) {
      std::string key, value;
      if (!Write(entry.first, &key) || !Write(entry.second, &value)) return false;
      merges = merges || (entry.first.IsScalar() && entry.first.Scalar() == "<<");
      entries.emplace_back(std::move(key), entries.size(), std::move(value));
    }
    // Of several entries with one key the last counts, so they keep their order.
    if (!merges) std::ranges::sort(entries);
    absl::StrAppend(out, "{");
    for (const auto& [key, at, value] : entries) absl::StrAppend(out, key, value);
    return Add("}", out);
  }

  bool Add(const std::string& text, std::string* out) {
    if (text.size() > left_) return false;
    left_ -= text.size();
    absl::StrAppend(out, text);
    return true;
  }

  size_t left_;
};

}  // namespace

std::optional<std::string> CanonicalYaml(const YAML::Node& document, size_t limit) {
  std::string text;
  if (!Writer(limit).Write(document, &text)) return std::nullopt;
  return text;
}

}  // namespace wheelhouse
