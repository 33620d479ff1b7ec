#include "client/cli/plan/plan_readers.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <utility>

#include "client/cli/plan/set_json.h"
#include "client/cli/shell/files.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

using google::protobuf::Message;
std::string Resolve(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

// Errors at several nodes, as one status.
class Errors {
 public:
  void Add(const YAML::Node& node, const std::string& path, const std::string& what) {
    for (FieldViolation& violation : ViolationsOf(MakeYamlError(node, path, what)))
      violations_.push_back(std::move(violation));
  }
  bool empty() const { return violations_.empty(); }
  absl::Status Take() {
    return empty() ? absl::OkStatus() : MakeInvalid(Reason::kPlanInvalid, std::move(violations_));
  }

 private:
  std::vector<FieldViolation> violations_;
};

// The strings of {path: ...}, {oci: ..., version: ...} or {repository: ..., name: ..., version:
// ...}.
std::map<std::string, std::string> ReadChartKeys(const YAML::Node& node, const std::string& path,
                                                 Errors* errors) {
  const std::vector<std::string> known = {"path", "oci", "repository", "name", "version"};
  std::map<std::string, std::string> found;
  for (const auto& entry : node) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      errors->Add(entry.first, path, UnknownField(key, known));
    } else if (!entry.second.IsScalar() || entry.second.Scalar().empty()) {
      errors->Add(entry.second, absl::StrCat(path, ".", key), "expected a string");
    } else if (!found.emplace(key, entry.second.Scalar()).second) {
      errors->Add(entry.first, path, absl::StrCat("the field ", key, " appears twice"));
    }
  }
  if (found.count("path") + found.count("oci") + found.count("repository") != 1)
    errors->Add(node, path, "expected exactly one of path, oci and repository");
  if (found.count("name") > 0 && found.count("repository") == 0)
    errors->Add(node["name"], path + ".name", "is only for repository");
  if (found.count("version") > 0 && found.count("path") > 0)
    errors->Add(node["version"], path + ".version", "is only for oci and repository");
  if (found.count("repository") > 0 && found.count("name") == 0)
    errors->Add(node, path, "repository needs the chart's name");
  return found;
}

absl::StatusOr<bool> ReadChart(const YAML::Node& node, const std::string& path,
                               const std::string& folder, Message* parent, BesideThePlan* beside) {
  if (!node.IsMap())
    return MakeYamlError(node, path, "expected {path: ...}, {oci: ...} or {repository: ...}");
  Errors errors;
  std::map<std::string, std::string> texts = ReadChartKeys(node, path, &errors);
  if (!errors.empty()) return errors.Take();
  auto* chart = static_cast<v1::ChartInfo*>(parent);
  if (texts.count("path") > 0) {
    const std::string local = Resolve(folder, texts["path"]);
    std::error_code error;
    if (!std::filesystem::exists(local, error))
      return MakeYamlError(node["path"], path + ".path", "there is no " + local);
    beside->paths[parent] = local;
  } else if (texts.count("oci") > 0) {
    chart->mutable_chart()->mutable_oci()->set_reference(texts["oci"]);
    chart->mutable_chart()->mutable_oci()->set_version(texts["version"]);
  } else {
    auto* repository = chart->mutable_chart()->mutable_repository();
    repository->set_url(texts["repository"]);
    repository->set_name(texts["name"]);
    repository->set_version(texts["version"]);
  }
  return true;
}

using Files = google::protobuf::RepeatedPtrField<v1::ValuesFile>;

// Paths, where the proto has names and contents.
absl::StatusOr<bool> ReadFiles(const YAML::Node& node, const std::string& path,
                               const std::string& folder, Files* files) {
  if (node.IsNull()) return true;
  if (!node.IsSequence()) return MakeYamlError(node, path, "expected a list of paths");
  Errors errors;
  for (size_t i = 0; i < node.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    if (!node[i].IsScalar()) {
      errors.Add(node[i], at, "expected a path");
      continue;
    }
    absl::StatusOr<std::string> content = ReadTextFile(Resolve(folder, node[i].Scalar()));
    if (!content.ok()) {
      errors.Add(node[i], at, std::string(content.status().message()));
      continue;
    }
    v1::ValuesFile* file = files->Add();
    file->set_name(node[i].Scalar());
    file->set_content(*std::move(content));
  }
  RETURN_IF_ERROR(errors.Take());
  return true;
}

// helm's null removes a key; YAML's would leave an empty string.
absl::StatusOr<bool> RefuseNull(const YAML::Node& node, const std::string& path, Message*) {
  if (node.IsNull())
    return MakeYamlError(
        node, path, "is a YAML null: write \"null\" for helm's null, or \"\" for an empty string");
  return false;
}

// kustomize or the API server reads the patch as it was written, so the plan has it as a string.
absl::StatusOr<bool> RefuseUnquoted(const YAML::Node& node, const std::string& path, Message*) {
  if (node.IsMap() || node.IsSequence())
    return MakeYamlError(node, path, "expected a string: put a `|` after the colon");
  return false;
}

// The two texts of an entry such as {key: a.b, path: c}; false, with an error, for anything else.
bool ReadPair(const YAML::Node& node, const std::string& path, const char* second,
              std::pair<std::string, std::string>* pair, Errors* errors) {
  const bool fits = node.IsMap() && node.size() == 2 && node["key"] && node[second] &&
                    node["key"].IsScalar() && node[second].IsScalar();
  if (!fits) {
    errors->Add(node, path, absl::StrCat("expected {key: ..., ", second, ": ...}"));
    return false;
  }
  *pair = {node["key"].Scalar(), node[second].Scalar()};
  return true;
}

// Calls `read` with each pair and the path of its entry; an error of it is at the entry.
absl::StatusOr<bool> ReadPairs(
    const YAML::Node& node, const std::string& path, const char* second,
    const std::function<absl::Status(const std::string& key, const std::string& value)>& read) {
  if (node.IsNull()) return true;
  if (!node.IsSequence()) return MakeYamlError(node, path, "expected a list");
  Errors errors;
  for (size_t i = 0; i < node.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    std::pair<std::string, std::string> pair;
    if (!ReadPair(node[i], at, second, &pair, &errors)) continue;
    const absl::Status status = read(pair.first, pair.second);
    if (!status.ok()) errors.Add(node[i], at, std::string(status.message()));
  }
  RETURN_IF_ERROR(errors.Take());
  return true;
}

absl::StatusOr<bool> ReadValuesJson(const YAML::Node& node, const std::string& path,
                                    std::vector<v1::ValuesFile>* json) {
  return ReadPairs(node, path, "value",
                   [&](const std::string& key, const std::string& value) -> absl::Status {
                     ASSIGN_OR_RETURN(json->emplace_back(), ReadJsonPair("valuesJson", key, value));
                     return absl::OkStatus();
                   });
}

absl::StatusOr<bool> ReadSetFile(const YAML::Node& node, const std::string& path,
                                 const std::string& folder, std::vector<v1::SetValue>* files) {
  return ReadPairs(
      node, path, "path", [&](const std::string& key, const std::string& file) -> absl::Status {
        ASSIGN_OR_RETURN(const std::string content, ReadTextFile(Resolve(folder, file)));
        files->push_back(SetToText(key, content));
        return absl::OkStatus();
      });
}

}  // namespace

YamlReadOptions PlanReaders(const std::string& folder, BesideThePlan* beside) {
  YamlReadOptions options;
  options.readers["ChartInfo.valuesJson"] = [beside](const YAML::Node& node,
                                                     const std::string& path, Message* parent) {
    return ReadValuesJson(node, path, &beside->json[parent]);
  };
  options.readers["ChartInfo.setFile"] =
      [folder, beside](const YAML::Node& node, const std::string& path, Message* parent) {
        return ReadSetFile(node, path, folder, &beside->files[parent]);
      };
  options.readers["ChartInfo.chart"] = [folder, beside](const YAML::Node& node,
                                                        const std::string& path, Message* parent) {
    return ReadChart(node, path, folder, parent, beside);
  };
  options.readers["ChartInfo.valuesFiles"] = [folder](const YAML::Node& node,
                                                      const std::string& path, Message* parent) {
    auto* chart = static_cast<v1::ChartInfo*>(parent);
    return ReadFiles(node, path, folder, chart->mutable_values_files());
  };
  options.readers["ChartInfo.crdFiles"] = [folder](const YAML::Node& node, const std::string& path,
                                                   Message* parent) {
    auto* chart = static_cast<v1::ChartInfo*>(parent);
    return ReadFiles(node, path, folder, chart->mutable_crd_files());
  };
  options.readers["SetValue.value"] = RefuseNull;
  options.readers["Patch.strategicMerge"] = RefuseUnquoted;
  options.readers["Patch.json6902"] = RefuseUnquoted;
  for (const char* field : {"PatchStep.merge", "PatchStep.strategic", "PatchStep.json"})
    options.readers[field] = RefuseUnquoted;
  return options;
}

}  // namespace wheelhouse::cli
