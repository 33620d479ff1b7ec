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

using ChartKeys = std::map<std::string, std::string>;

// Adds what is wrong with keys that do not belong together.
void CheckChartKeys(const YAML::Node& node, const std::string& path, const ChartKeys& found,
                    Errors* errors) {
  const bool git = found.contains("git"), local = found.contains("path") && !git;
  const bool oci = found.contains("oci"), repository = found.contains("repository");
  if (local + git + oci + repository != 1) {
    errors->Add(node, path, "expected exactly one of path, git, oci and repository");
    return;
  }
  const auto only = [&](const char* key, bool fits, const char* what) {
    if (found.contains(key) && !fits)
      errors->Add(node[key], absl::StrCat(path, ".", key), absl::StrCat("is only for ", what));
  };
  only("path", local || git, "a chart of this machine, or git");
  only("name", repository, "repository");
  only("version", oci || repository, "oci and repository");
  only("digest", oci || repository, "oci and repository");
  only("commit", git, "git");
  only("ref", git, "git");
  only("verify", !git, "what has a signature: an archive, oci and repository");
  if (found.contains("verify") && found.at("verify") != "REQUIRED")
    errors->Add(node["verify"], path + ".verify", "expected REQUIRED");
  if (repository && !found.contains("name"))
    errors->Add(node, path, "repository needs the chart's name");
}

// The strings of {path: ...}, {git: ..., commit: ..., path: ...}, {oci: ..., version: ..., digest:
// ...} or {repository: ..., name: ..., version: ..., digest: ...}.
ChartKeys ReadChartKeys(const YAML::Node& node, const std::string& path, Errors* errors) {
  const std::vector<std::string> known = {"path",       "git",  "commit",  "ref",    "oci",
                                          "repository", "name", "version", "digest", "verify"};
  ChartKeys found;
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
  CheckChartKeys(node, path, found, errors);
  return found;
}

absl::StatusOr<GitChart> ReadGit(const YAML::Node& node, const std::string& path,
                                 const ChartKeys& keys) {
  const auto text = [&keys](const char* key, const char* otherwise) {
    return keys.contains(key) ? keys.at(key) : std::string(otherwise);
  };
  GitChart chart{keys.at("git"), text("commit", ""), text("path", "."), text("ref", "")};
  Errors errors;
  const auto check = [&](const char* key, const std::string& wrong) {
    if (!wrong.empty())
      errors.Add(node[key] ? node[key] : node, absl::StrCat(path, ".", key), wrong);
  };
  check("git", WrongWithGitUrl(chart.url));
  if (keys.contains("commit") == keys.contains("ref")) {
    errors.Add(node, path, "git needs either commit, a full hash, or ref, a branch or tag");
  } else if (chart.ref.empty()) {
    check("commit", WrongWithCommit(chart.commit));
  } else {
    check("ref", WrongWithGitRef(chart.ref));
  }
  check("path", WrongWithGitPath(chart.path));
  RETURN_IF_ERROR(errors.Take());
  return chart;
}

absl::StatusOr<bool> ReadChart(const YAML::Node& node, const std::string& path,
                               const std::string& folder, Message* parent, BesideThePlan* beside) {
  if (!node.IsMap())
    return MakeYamlError(node, path,
                         "expected {path: ...}, {git: ...}, {oci: ...} or {repository: ...}");
  Errors errors;
  ChartKeys texts = ReadChartKeys(node, path, &errors);
  if (!errors.empty()) return errors.Take();
  auto* chart = static_cast<v1::ChartInfo*>(parent);
  if (texts.contains("verify")) chart->mutable_chart()->set_verify(v1::VERIFY_REQUIRED);
  if (texts.contains("git")) {
    ASSIGN_OR_RETURN(beside->git[parent], ReadGit(node, path, texts));
  } else if (texts.contains("path")) {
    const std::string local = Resolve(folder, texts["path"]);
    std::error_code error;
    if (!std::filesystem::exists(local, error))
      return MakeYamlError(node["path"], path + ".path", "there is no " + local);
    beside->paths[parent] = local;
  } else if (texts.contains("oci")) {
    chart->mutable_chart()->mutable_oci()->set_reference(texts["oci"]);
    chart->mutable_chart()->mutable_oci()->set_version(texts["version"]);
    chart->mutable_chart()->mutable_oci()->set_digest(texts["digest"]);
  } else {
    auto* repository = chart->mutable_chart()->mutable_repository();
    repository->set_url(texts["repository"]);
    repository->set_name(texts["name"]);
    repository->set_version(texts["version"]);
    repository->set_digest(texts["digest"]);
  }
  return true;
}

// Once a bool: `true` is WAITING.
absl::StatusOr<bool> ReadSupersede(const YAML::Node& node, Message* parent) {
  const bool is_bool = node.IsScalar() && (node.Scalar() == "true" || node.Scalar() == "false");
  if (!is_bool) return false;
  static_cast<v1::Plan*>(parent)->set_supersede(
      node.Scalar() == "true" ? v1::SUPERSEDE_WAITING : v1::SUPERSEDE_UNSPECIFIED);
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
  options.readers["Plan.supersede"] = [](const YAML::Node& node, const std::string&,
                                         Message* parent) { return ReadSupersede(node, parent); };
  options.readers["SetValue.value"] = RefuseNull;
  options.readers["Patch.strategicMerge"] = RefuseUnquoted;
  options.readers["Patch.json6902"] = RefuseUnquoted;
  for (const char* field : {"PatchStep.merge", "PatchStep.strategic", "PatchStep.json"})
    options.readers[field] = RefuseUnquoted;
  return options;
}

}  // namespace wheelhouse::cli
