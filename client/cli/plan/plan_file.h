// Plan files: YAML with the proto's fields, and with paths where the proto has contents.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "common/formats/yaml_proto.h"
#include "wheelhouse/v1/plan.pb.h"

namespace wheelhouse::cli {

struct LocalPlan {
  v1::Plan plan;
  // For each chart of the plan: the folder or .tgz to upload, empty where there is none.
  std::vector<std::string> chart_paths;
  // Where each field of the plan came from: FILE:LINE:COLUMN, or a flag.
  YamlLocations locations;
};

// Paths in `text` are relative to `folder`; `file` is for messages. Errors: PLAN_INVALID with a
// violation `FILE:LINE:COLUMN` for each; INVALID_ARGUMENT when the file cannot be read.
absl::StatusOr<LocalPlan> ParsePlan(const std::string& text, const std::string& file,
                                    const std::string& folder);
absl::StatusOr<LocalPlan> ReadPlanFile(const std::string& path);

// The daemon's violations (`plan.charts[0].timeout`), with each field replaced by where it came
// from.
absl::Status AtLocations(const absl::Status& status, const YamlLocations& locations);

}  // namespace wheelhouse::cli
