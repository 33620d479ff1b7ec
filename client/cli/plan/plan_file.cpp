#include "client/cli/plan/plan_file.h"

#include <absl/strings/match.h>
#include <absl/strings/strip.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "client/cli/plan/lock_file.h"
#include "client/cli/plan/plan_layers.h"
#include "client/cli/plan/plan_readers.h"
#include "client/cli/plan/selection.h"
#include "client/cli/shell/files.h"
#include "common/failure.h"
#include "common/formats/yaml_document.h"
#include "common/formats/yaml_proto.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

// What is wrong in a layer is wrong in every chart above it: which chart it is does not count.
absl::Status OnceEach(const absl::Status& status) {
  if (status.ok()) return status;
  std::vector<FieldViolation> once;
  std::set<std::pair<std::string, std::string>> known;
  for (FieldViolation& violation : ViolationsOf(status)) {
    const std::string& what = violation.description;
    const size_t chart = absl::StartsWith(what, "charts[") ? what.find(']') : 0;
    if (known.emplace(violation.field, what.substr(std::min(chart, what.size()))).second)
      once.push_back(std::move(violation));
  }
  return MakeInvalid(Reason::kPlanInvalid, std::move(once));
}

}  // namespace

absl::StatusOr<LocalPlan> ParsePlan(const std::string& text, const std::string& file,
                                    const std::string& folder, const PlanOptions& how) {
  LocalPlan local;
  BesideThePlan beside;
  YamlReadOptions options = PlanReaders(folder, &beside);
  options.locations = &local.locations;
  ASSIGN_OR_RETURN(const YAML::Node root, LoadYaml(text, file, Reason::kPlanInvalid));
  RETURN_IF_ERROR(MergeLayers(root, file, how));
  RETURN_IF_ERROR(SelectCharts(root, how));
  RETURN_IF_ERROR(OnceEach(ReadYamlNode(root, text.size(), {file}, options, &local.plan)));
  if (local.plan.charts().empty())
    return MakeInvalid(Reason::kPlanInvalid,
                       {{absl::StrCat(file, ":1:1"), "the plan has no charts"}});
  for (auto& chart : *local.plan.mutable_charts()) {
    for (v1::ValuesFile& file : beside.json[&chart])
      *chart.add_yaml_files_content() = std::move(file);
    for (v1::SetValue& pair : beside.files[&chart]) *chart.add_values_string() = std::move(pair);
    local.chart_paths.push_back(std::move(beside.paths[&chart]));
    const auto git = beside.git.find(&chart);
    if (git != beside.git.end())
      local.git_charts[static_cast<int>(local.chart_paths.size()) - 1] = std::move(git->second);
  }
  return local;
}

absl::StatusOr<LocalPlan> ReadPlanFile(const std::string& path, const PlanOptions& options) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) return absl::InvalidArgumentError(text.status().message());
  const std::string folder = std::filesystem::path(path).parent_path().string();
  ASSIGN_OR_RETURN(LocalPlan plan, ParsePlan(*text, path, folder, options));
  RETURN_IF_ERROR(UseLock(path, options.locked, &plan));
  return plan;
}

absl::Status FetchGitCharts(LocalPlan* plan) {
  std::vector<FieldViolation> wrong;
  for (const auto& [index, chart] : plan->git_charts) {
    const absl::StatusOr<std::string> archive = FetchGitChart(chart);
    const std::string path = absl::StrCat("charts[", index, "].chart");
    if (archive.ok()) {
      plan->chart_paths[static_cast<size_t>(index)] = *archive;
    } else {
      wrong.push_back({LocationOf(plan->locations, path),
                       absl::StrCat(path, ": ", std::string(archive.status().message()))});
    }
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  plan->git_charts.clear();
  return absl::OkStatus();
}

std::vector<std::string> EnvironmentsIn(const std::string& text, const std::string& file) {
  std::vector<std::string> names;
  const absl::StatusOr<YAML::Node> root = LoadYaml(text, file, Reason::kPlanInvalid);
  if (!root.ok() || !root->IsMap()) return names;
  const YAML::Node environments = std::as_const(*root)["environments"];
  if (!environments.IsDefined() || !environments.IsMap()) return names;
  for (const auto& entry : environments) {
    if (entry.first.IsScalar()) names.push_back(entry.first.Scalar());
  }
  return names;
}

absl::Status AtLocations(const absl::Status& status, const YamlLocations& locations) {
  const Reason reason = status.ok() ? Reason::kInternal : ReasonOf(status);
  std::vector<FieldViolation> violations = ViolationsOf(status);
  if (violations.empty()) return status;
  for (FieldViolation& violation : violations) {
    const std::string path(absl::StripPrefix(violation.field, "plan."));
    const std::string place = LocationOf(locations, path);
    if (place.empty()) continue;
    // A flag names its field; a line of a file does not.
    if (!absl::StartsWith(place, "-"))
      violation.description = absl::StrCat(LowerCamelCase(path), ": ", violation.description);
    violation.field = place;
  }
  return MakeInvalid(reason, std::move(violations));
}

}  // namespace wheelhouse::cli
