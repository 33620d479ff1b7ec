#include "server/kube/differences.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <utility>

namespace wheelhouse::kube {
namespace {

// helm adds these to what it applies.
constexpr char kManagedBy[] = "app.kubernetes.io/managed-by";
constexpr char kMarks[] = "meta.helm.sh/";

// The keys by which the API merges lists (`x-kubernetes-list-map-keys`, `patchMergeKey`), in the
// order in which they are tried.
constexpr std::array<const char*, 9> kMergeKeys = {
    "name", "key", "mountPath", "containerPort", "port", "type", "topologyKey", "ip", "host"};

std::string PathOf(const std::vector<std::string>& steps) {
  std::string path;
  for (const std::string& step : steps) {
    const bool plain = std::ranges::all_of(
        step, [](unsigned char c) { return isalnum(c) != 0 || c == '_' || c == '-'; });
    if (absl::StartsWith(step, "[")) {
      path += step;
    } else {
      absl::StrAppend(&path, plain ? "." : "[\"", step, plain ? "" : "\"]");
    }
  }
  return path;
}

using Entries = std::map<std::string, const Json*>;  // by the step that leads to them

// The entries of a list by `key`; empty unless every entry has one of its own.
Entries EntriesBy(const Json& list, const char* key) {
  Entries entries;
  for (const Json& item : list) {
    if (!item.is_object() || !item.contains(key) || item[key].is_structured()) return {};
    const Json& value = item[key];
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (!entries.emplace(absl::StrCat("[", key, "=", text, "]"), &item).second) return {};
  }
  return entries;
}

Entries FieldsOf(const Json& object) {
  Entries fields;
  for (const auto& [name, value] : object.items()) fields.emplace(name, &value);
  return fields;
}

class Comparison {
 public:
  explicit Comparison(size_t most) : most_(most) {}

  void Compare(const Json& before, const Json& after) {
    if (found_.size() >= most_ || before == after) return;
    if (before.is_object() && after.is_object()) {
      CompareEntries(FieldsOf(before), FieldsOf(after));
    } else if (before.is_array() && after.is_array()) {
      CompareLists(before, after);
    } else {
      Add(before, after);
    }
  }

  std::vector<Difference> Take() { return std::move(found_); }

 private:
  void Add(const Json& before, const Json& after) {
    found_.push_back({PathOf(steps_), steps_, before, after});
  }

  void CompareLists(const Json& before, const Json& after) {
    for (const char* key : kMergeKeys) {
      const Entries left = EntriesBy(before, key), right = EntriesBy(after, key);
      if (!left.empty() && !right.empty()) return CompareEntries(left, right);
    }
    if (before.size() != after.size()) return Add(before, after);
    for (size_t i = 0; i < before.size(); ++i)
      CompareAt(absl::StrCat("[", i, "]"), before[i], after[i]);
  }

  void CompareEntries(const Entries& before, const Entries& after) {
    std::set<std::string> keys;
    for (const auto& [key, value] : before) keys.insert(key);
    for (const auto& [key, value] : after) keys.insert(key);
    const Json none(Json::value_t::discarded);
    const auto entry = [&none](const Entries& entries, const std::string& key) -> const Json& {
      const auto at = entries.find(key);
      return at == entries.end() ? none : *at->second;
    };
    for (const std::string& key : keys) CompareAt(key, entry(before, key), entry(after, key));
  }

  void CompareAt(const std::string& step, const Json& before, const Json& after) {
    steps_.push_back(step);
    Compare(before, after);
    steps_.pop_back();
  }

  const size_t most_;
  std::vector<std::string> steps_;  // to what is being compared
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> FindDifferences(const Json& before, const Json& after, size_t most) {
  Comparison comparison(most);
  comparison.Compare(before, after);
  return comparison.Take();
}

Json WithoutServerFields(Json object) {
  if (!object.is_object()) return object;
  object.erase("status");
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  for (const char* own :
       {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})
    metadata.erase(own);
  if (metadata.contains("labels")) metadata["labels"].erase(kManagedBy);
  if (metadata.contains("annotations")) {
    Json kept = Json::object();
    for (const auto& [key, value] : metadata["annotations"].items()) {
      if (!absl::StartsWith(key, kMarks)) kept[key] = value;
    }
    metadata["annotations"] = kept;
  }
  for (const char* map : {"labels", "annotations"}) {
    if (metadata.contains(map) && metadata[map].empty()) metadata.erase(map);
  }
  return object;
}

}  // namespace wheelhouse::kube
