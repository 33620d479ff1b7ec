#include "common/formats/manifest.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>
#include <yaml-cpp/yaml.h>

#include "common/failure.h"
#include "common/formats/flow_yaml.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

constexpr size_t kLargestItem = 16 << 20;  // of a list, in bytes: far beyond what etcd takes

struct Document {
  const std::string& text;
  const std::string& where;
  int line;  // of `where`
  bool flatten;
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
    object.keep = IsKeep(Text(annotations, "helm.sh/resource-policy"));
  }
  return object;
}

// Adds the objects of `node`, of which `list` is the innermost list that holds it, if any.
absl::Status AddObjects(YAML::Node node, const ManifestObject* list, const Document& document,
                        std::vector<ManifestObject>* objects) {
  const auto invalid = [&](const std::string& what) {
    return Invalid(document.where, document.line + std::max(node.Mark().line, 0), what);
  };
  if (!node.IsMap()) return invalid("expected an object");
  ManifestObject object = Head(node);
  if (list != nullptr) {
    // The API machinery takes the type of an item that names none from its list.
    if (object.kind.empty() && object.api_version.empty()) {
      node["apiVersion"] = object.api_version = list->api_version;
      node["kind"] = object.kind = std::string(absl::StripSuffix(list->kind, "List"));
    }
    object.hook = list->hook;
    object.keep = list->keep;
  }
  if (object.kind.empty()) return invalid("the object has no kind");
  if (document.flatten && node["items"] && node["items"].IsSequence()) {
    for (const YAML::Node& item : node["items"])
      RETURN_IF_ERROR(AddObjects(item, &object, document, objects));
    return absl::OkStatus();
  }
  object.text = list == nullptr ? document.text : FlowYaml(node, kLargestItem) + "\n";
  objects->push_back(std::move(object));
  return absl::OkStatus();
}

absl::Status ReadDocument(const Document& document, std::vector<ManifestObject>* objects) {
  try {
    const YAML::Node node = YAML::Load(document.text);
    return node.IsNull() ? absl::OkStatus() : AddObjects(node, nullptr, document, objects);
  } catch (const YAML::Exception& error) {
    return Invalid(document.where, document.line + std::max(error.mark.line, 0), error.msg);
  }
}

absl::StatusOr<std::vector<ManifestObject>> Read(const std::string& text, const std::string& where,
                                                 bool flatten) {
  std::vector<ManifestObject> objects;
  std::string document;
  int line = 0, begin = 1;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string row = text.substr(at, end - at);
    ++line;
    if (row == "---" || absl::StartsWith(row, "--- ")) {
      RETURN_IF_ERROR(ReadDocument({document, where, begin, flatten}, &objects));
      document.clear();
      begin = line + 1;
    } else {
      absl::StrAppend(&document, row, "\n");
    }
    at = end + 1;
  }
  RETURN_IF_ERROR(ReadDocument({document, where, begin, flatten}, &objects));
  return objects;
}

}  // namespace

std::string GroupOf(const std::string& api_version) {
  const size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

absl::StatusOr<std::vector<ManifestObject>> ReadManifests(const std::string& text,
                                                          const std::string& where) {
  return Read(text, where, true);
}

absl::StatusOr<std::vector<ManifestObject>> ReadDocuments(const std::string& text,
                                                          const std::string& where) {
  return Read(text, where, false);
}

}  // namespace wheelhouse
