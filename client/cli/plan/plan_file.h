// Plan files: YAML with the proto's fields, with paths where the proto has contents, and with
// layers and variables (plan_layers.h). A chart may also have `valuesJson`, a list of {key, value},
// which win over all files as helm's --set-json does, and `setFile`, a list of {key, path}, as
// --set-file.
#pragma once

#include <absl/status/statusor.h>

#include <map>
#include <string>
#include <vector>

#include "client/cli/plan/git_chart.h"
#include "client/cli/plan/plan_options.h"
#include "common/formats/yaml_proto.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::cli {

struct LocalPlan {
  v1::Plan plan;
  // For each chart of the plan: the folder or .tgz to upload, empty where there is none.
  std::vector<std::string> chart_paths;
  // By the index of their chart: those that FetchGitCharts has not fetched yet.
  std::map<int, GitChart> git_charts;
  // Where each field of the plan came from: FILE:LINE:COLUMN, or a flag.
  YamlLocations locations;
  bool from_flags = false;  // the user wrote no fields: hints name flags
};

// Paths in `text` are relative to `folder`; `file` is for messages. Errors: PLAN_INVALID with a
// violation `FILE:LINE:COLUMN` for each; INVALID_ARGUMENT when the file cannot be read.
// A selector or environment of `options` that does not fit the plan is INVALID_ARGUMENT.
absl::StatusOr<LocalPlan> ParsePlan(const std::string& text, const std::string& file,
                                    const std::string& folder, const PlanOptions& options = {});
// ReadPlanFile also takes what the plan's lock file has (lock_file.h).
absl::StatusOr<LocalPlan> ReadPlanFile(const std::string& path, const PlanOptions& options = {});

// Fetches the charts that are in Git, which then have a path. PLAN_INVALID, at the charts' places,
// for those that cannot be fetched.
absl::Status FetchGitCharts(LocalPlan* plan);

// The names of the plan's environments; none where the text cannot be read.
std::vector<std::string> EnvironmentsIn(const std::string& text, const std::string& file);

// The daemon's violations (`plan.charts[0].timeout`), with each field replaced by where it came
// from.
absl::Status AtLocations(const absl::Status& status, const YamlLocations& locations);

}  // namespace wheelhouse::cli
