#include "common/formats/canonical_yaml.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace wheelhouse {
namespace {

constexpr char kPlain[] = "?";
constexpr char kQuoted[] = "!";
constexpr char kString[] = "tag:yaml.org,2002:str";

bool IsOneOf(const std::string& text, const std::set<std::string>& words) {
  return words.contains(text);
}

bool IsNull(const std::string& text) {
  static const auto* const words = new std::set<std::string>{"", "~", "null", "Null", "NULL"};
  return IsOneOf(text, *words);
}
bool IsTrue(const std::string& text) {
  static const auto* const words = new std::set<std::string>{
      "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  return IsOneOf(text, *words);
}
bool IsFalse(const std::string& text) {
  static const auto* const words = new std::set<std::string>{
      "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  return IsOneOf(text, *words);
}

// What may be a number or a time begins like this; go-yaml looks no further either.
bool MayBeNumber(const std::string& text) {
  const char first = text[0];
  return (first >= '0' && first <= '9') || first == '+' || first == '-' || first == '.';
}

// With its length, so that no two sequences of texts read the same.
std::string Text(char kind, const std::string& text) {
  return absl::StrCat(std::string(1, kind), text.size(), ":", text);
}

std::string Scalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const std::string& tag = node.Tag();
  if (tag == kQuoted || tag == kString) return Text('s', text);
  if (tag != kPlain && !tag.empty()) return Text('t', tag) + Text('s', text);
  if (IsNull(text)) return "N";
  if (IsTrue(text)) return "T";
  if (IsFalse(text)) return "F";
  return Text(MayBeNumber(text) ? 'n' : 's', text);
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
