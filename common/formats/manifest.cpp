#include "common/formats/manifest.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse {
namespace {

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

absl::Status ReadDocument(const std::string& text, const std::string& where, int line,
                          std::vector<ManifestObject>* objects) {
  try {
    const YAML::Node node = YAML::Load(text);
    if (node.IsNull()) return absl::OkStatus();
    if (!node.IsMap()) return Invalid(where, line, "expected an object");
    ManifestObject object{Text(node, "apiVersion"), Text(node, "kind"), "", "", false, text};
    const YAML::Node metadata = node["metadata"];
    if (metadata && metadata.IsMap()) {
      object.ns = Text(metadata, "namespace");
      object.name = Text(metadata, "name");
      const YAML::Node annotations = metadata["annotations"];
      if (annotations && annotations.IsMap()) {
        object.hook = annotations["helm.sh/hook"].IsDefined();
        object.keep = IsKeep(Text(annotations, "helm.sh/resource-policy"));
      }
    }
    if (object.kind.empty()) return Invalid(where, line, "the object has no kind");
    objects->push_back(std::move(object));
    return absl::OkStatus();
  } catch (const YAML::Exception& error) {
    return Invalid(where, line + std::max(error.mark.line, 0), error.msg);
  }
}

}  // namespace

std::string GroupOf(const std::string& api_version) {
  const size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

absl::StatusOr<std::vector<ManifestObject>> ReadManifests(const std::string& text,
                                                          const std::string& where) {
  std::vector<ManifestObject> objects;
  std::string document;
  int line = 0, begin = 1;
  size_t at = 0;
  while (at <= text.size()) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string row = text.substr(at, end - at);
    ++line;
    if (row == "---" || absl::StartsWith(row, "--- ")) {
      RETURN_IF_ERROR(ReadDocument(document, where, begin, &objects));
      document.clear();
      begin = line + 1;
    } else {
      absl::StrAppend(&document, row, "\n");
    }
    at = end + 1;
  }
  RETURN_IF_ERROR(ReadDocument(document, where, begin, &objects));
  return objects;
}

std::string JoinManifests(const std::vector<ManifestObject>& objects) {
  std::string text;
  for (const ManifestObject& object : objects) absl::StrAppend(&text, "---\n", object.text);
  return text;
}

}  // namespace wheelhouse
