#include "common/formats/manifest.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <yaml-cpp/yaml.h>

#include "common/failure.h"
#include "common/formats/flow_yaml.h"
#include "common/formats/yaml_budget.h"
#include "common/formats/yaml_document.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

// What the items of all lists of a text may come to, in bytes: aliases make much of little.
constexpr size_t kLargestItems = 16 << 20;
constexpr size_t kLeastItem = 1 << 10;  // so that empty ones have an end too
constexpr int kDeepestList = 20;

struct Document {
  const std::string& text;
  const std::string& where;
  int line = 0;            // of `where`
  size_t* left = nullptr;  // of kLargestItems; nullptr: lists stay as they are
};

struct List {
  const ManifestObject& head;
  int depth;  // from 1
};

std::string Text(const YAML::Node& node, const char* key) {
  return node.IsMap() && node[key] && node[key].IsScalar() ? node[key].Scalar() : std::string();
}

// As helm reads it.
bool IsKeep(absl::string_view policy) {
  return absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(policy), "keep");
}

absl::Status Invalid(const std::string& where, int line, const std::string& what) {
  return MakeFailure(Reason::kApplyRejected, absl::StrCat(where, ":", line, ": ", what));
}

ManifestObject Head(const YAML::Node& node) {
  ManifestObject object{Text(node, "apiVersion"), Text(node, "kind")};
  const YAML::Node metadata = node["metadata"];
  if (!metadata || !metadata.IsMap()) return object;
  object.ns = Text(metadata, "namespace");
  object.name = Text(metadata, "name");
  const YAML::Node annotations = metadata["annotations"];
  if (annotations && annotations.IsMap()) {
    object.hook = annotations["helm.sh/hook"].IsDefined();
    object.hook_events = Text(annotations, "helm.sh/hook");
    object.keep = IsKeep(Text(annotations, "helm.sh/resource-policy"));
  }
  return object;
}

// Adds the objects of `node`, of which `list` is the innermost list that holds it, if any.
absl::Status AddObjects(YAML::Node node, const List* list, const Document& document,
                        std::vector<ManifestObject>* objects) {
  const auto invalid = [&](const std::string& what) {
    return Invalid(document.where, document.line + std::max(node.Mark().line, 0), what);
  };
  if (!node.IsMap()) return invalid("expected an object");
  ManifestObject object = Head(node);
  if (list != nullptr) {
    // The API machinery takes the type of an item that names none from its list.
    if (object.kind.empty() && object.api_version.empty()) {
      node["apiVersion"] = object.api_version = list->head.api_version;
      node["kind"] = object.kind = std::string(absl::StripSuffix(list->head.kind, "List"));
    }
    object.hook = list->head.hook;
    object.keep = list->head.keep;
  }
  if (object.kind.empty()) return invalid("the object has no kind");
  if (document.left != nullptr && node["items"] && node["items"].IsSequence()) {
    const List inner{object, list == nullptr ? 1 : list->depth + 1};
    if (inner.depth > kDeepestList) return invalid("its lists nest too deep");
    for (const YAML::Node& item : node["items"]) {
      if (*document.left < kLeastItem) return invalid("its lists hold too much");
      *document.left -= kLeastItem;
      RETURN_IF_ERROR(AddObjects(item, &inner, document, objects));
    }
    return absl::OkStatus();
  }
  object.text = document.text;
  if (list != nullptr && document.left != nullptr) {
    object.text = FlowYaml(node, *document.left) + "\n";
    CheckYamlBudget(object.text);  // so that whoever parses it again need not
    *document.left -= std::min(*document.left, object.text.size());
  }
  objects->push_back(std::move(object));
  return absl::OkStatus();
}

absl::Status ReadDocument(const Document& document, std::vector<ManifestObject>* objects) {
  try {
    const YAML::Node node = LoadFirstYaml(document.text);
    return node.IsNull() ? absl::OkStatus() : AddObjects(node, nullptr, document, objects);
  } catch (const YAML::Exception& error) {
    return Invalid(document.where, document.line + std::max(error.mark.line, 0), error.msg);
  }
}

absl::StatusOr<std::vector<ManifestObject>> Read(const std::string& text, const std::string& where,
                                                 size_t* left) {
  std::vector<ManifestObject> objects;
  for (const YamlText& document : SplitYaml(text))
    RETURN_IF_ERROR(ReadDocument({document.text, where, document.line, left}, &objects));
  return objects;
}

}  // namespace

std::string GroupOf(const std::string& api_version) {
  const size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

absl::StatusOr<std::vector<ManifestObject>> ReadManifests(const std::string& text,
                                                          const std::string& where) {
  size_t left = kLargestItems;
  return Read(text, where, &left);
}

absl::StatusOr<std::vector<ManifestObject>> ReadDocuments(const std::string& text,
                                                          const std::string& where) {
  return Read(text, where, nullptr);
}

std::string JoinManifests(const std::vector<ManifestObject>& objects) {
  std::string text;
  for (const ManifestObject& object : objects) absl::StrAppend(&text, "---\n", object.text);
  return text;
}

}  // namespace wheelhouse
