#include "client/cli/plan_file.h"

#include <filesystem>

#include "client/cli/files.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/yaml_proto.h"

namespace wheelhouse::cli {
namespace {

using google::protobuf::Message;
using Paths = std::map<const Message*, std::string>;

constexpr char kNotYet[] = "is not built yet in this version";

std::string Resolve(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

absl::Status CheckChartKeys(const YAML::Node& node, const std::string& path) {
  const std::vector<std::string> known = {"path", "oci", "repository", "name", "version"};
  int sources = 0;
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) return MakeYamlError(entry.first, path, "expected a field name");
    const std::string key = entry.first.Scalar();
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      const std::string nearest = NearestName(key, known);
      return MakeYamlError(
          entry.first, path,
          absl::StrCat("unknown field ", key,
                       nearest.empty() ? "; known are: " + absl::StrJoin(known, ", ")
                                       : "; did you mean " + nearest + "?"));
    }
    if (!entry.second.IsScalar() || entry.second.Scalar().empty())
      return MakeYamlError(entry.second, path + "." + key, "expected a text");
    if (key == "path" || key == "oci" || key == "repository") ++sources;
  }
  if (sources != 1)
    return MakeYamlError(node, path, "expected exactly one of path, oci and repository");
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadChart(const YAML::Node& node, const std::string& path,
                               const std::string& folder, Message* parent, Paths* paths) {
  if (!node.IsMap())
    return MakeYamlError(node, path, "expected {path: ...}, {oci: ...} or {repository: ...}");
  RETURN_IF_ERROR(CheckChartKeys(node, path));
  auto* chart = static_cast<v1::ChartInfo*>(parent);
  const auto text = [&node](const char* key) {
    return node[key] ? node[key].Scalar() : std::string();
  };
  if (node["name"] && !node["repository"])
    return MakeYamlError(node["name"], path + ".name", "goes with repository only");
  if (node["version"] && node["path"])
    return MakeYamlError(node["version"], path + ".version", "goes with oci and repository only");
  if (node["path"]) {
    const std::string local = Resolve(folder, text("path"));
    std::error_code error;
    if (!std::filesystem::exists(local, error))
      return MakeYamlError(node["path"], path + ".path", "there is no " + local);
    (*paths)[parent] = local;
  } else if (node["oci"]) {
    chart->mutable_chart()->mutable_oci()->set_reference(text("oci"));
    chart->mutable_chart()->mutable_oci()->set_version(text("version"));
  } else {
    if (!node["name"]) return MakeYamlError(node, path, "repository needs the chart's name");
    auto* repository = chart->mutable_chart()->mutable_repository();
    repository->set_url(text("repository"));
    repository->set_name(text("name"));
    repository->set_version(text("version"));
  }
  return true;
}

absl::StatusOr<bool> ReadValuesFiles(const YAML::Node& node, const std::string& path,
                                     const std::string& folder, Message* parent) {
  if (node.IsNull()) return true;
  if (!node.IsSequence()) return MakeYamlError(node, path, "expected a list of paths");
  auto* chart = static_cast<v1::ChartInfo*>(parent);
  for (size_t i = 0; i < node.size(); ++i) {
    const std::string at = absl::StrCat(path, "[", i, "]");
    if (!node[i].IsScalar()) return MakeYamlError(node[i], at, "expected a path");
    const absl::StatusOr<std::string> content = ReadFile(Resolve(folder, node[i].Scalar()));
    if (!content.ok()) return MakeYamlError(node[i], at, std::string(content.status().message()));
    auto* values = chart->add_values_files();
    values->set_name(node[i].Scalar());
    values->set_content(*content);
  }
  return true;
}

YamlReadOptions MakeOptions(const std::string& folder, Paths* paths) {
  YamlReadOptions options;
  options.readers["ChartInfo.chart"] = [folder, paths](const YAML::Node& node,
                                                       const std::string& path, Message* parent) {
    return ReadChart(node, path, folder, parent, paths);
  };
  options.readers["ChartInfo.valuesFiles"] = [folder](const YAML::Node& node,
                                                      const std::string& path, Message* parent) {
    return ReadValuesFiles(node, path, folder, parent);
  };
  for (const char* name :
       {"patches", "valuesFrom", "backupResources", "deleteCrds",
        "lastBreakingVersionRequiringRestart", "profile", "crdFiles", "allow", "recreatePods"})
    options.not_yet[absl::StrCat("ChartInfo.", name)] = kNotYet;
  options.not_yet["Plan.supersede"] = kNotYet;
  for (const char* name : {"adopt", "patch", "restart", "runJob", "crds", "backup", "restore",
                           "helmTest", "checksum", "notify"})
    options.not_yet[absl::StrCat("Step.", name)] = kNotYet;
  return options;
}

}  // namespace

absl::StatusOr<LocalPlan> ParsePlan(const std::string& text, const std::string& file,
                                    const std::string& folder) {
  LocalPlan local;
  Paths paths;
  RETURN_IF_ERROR(ReadYaml(text, {file}, MakeOptions(folder, &paths), &local.plan));
  for (const auto& chart : local.plan.charts()) {
    const auto found = paths.find(&chart);
    local.chart_paths.push_back(found == paths.end() ? std::string() : found->second);
  }
  return local;
}

absl::StatusOr<LocalPlan> ReadPlanFile(const std::string& path) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return MakeFailure(Reason::kPlanInvalid, std::string(text.status().message()));
  return ParsePlan(*text, path, std::filesystem::path(path).parent_path().string());
}

}  // namespace wheelhouse::cli
