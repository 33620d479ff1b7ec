// The six stages and their properties, in the order in which they run.
#pragma once

#include <array>
#include <cstdint>

#include "wheelhouse/v1/chart.pb.h"
#include "wheelhouse/v1/failure.pb.h"

namespace wheelhouse::plan {

struct StageRow {
  v1::Stage stage;
  const char* name;
  bool (v1::Stages::*has)() const;
  const v1::StagePlan& (v1::Stages::*get)() const;
  v1::StagePlan* (v1::Stages::*mut)();
  bool read_only;           // only READ_ONLY kinds
  bool changes;             // is between decide and validate, so that UNCHANGED skips it
  int64_t default_seconds;  // 0: the stage has no timeout of its own
  // Names that callers' steps must not use; the rest is nullptr. They include the default steps
  // (server/lifecycle/runner/stage_steps.h), since a stage identifies its steps by name.
  std::array<const char*, 8> reserved;
};

inline constexpr std::array<StageRow, 6> kStages = {{
    {v1::STAGE_CHECK_PREREQUISITES,
     "check_prerequisites",
     &v1::Stages::has_check_prerequisites,
     &v1::Stages::check_prerequisites,
     &v1::Stages::mutable_check_prerequisites,
     true,
     false,
     60,
     {"cluster", "chart", "values", "rights", "state", "guards", "other_releases", "decide"}},
    {v1::STAGE_PRE_EXEC,
     "pre_exec",
     &v1::Stages::has_pre_exec,
     &v1::Stages::pre_exec,
     &v1::Stages::mutable_pre_exec,
     false,
     true,
     300,
     {"await_releases", "unlock", "namespace", "crds", "reinstall"}},
    {v1::STAGE_EXEC,
     "exec",
     &v1::Stages::has_exec,
     &v1::Stages::exec,
     &v1::Stages::mutable_exec,
     false,
     true,
     0,
     {"helm", "recreate"}},
    {v1::STAGE_POST_EXEC,
     "post_exec",
     &v1::Stages::has_post_exec,
     &v1::Stages::post_exec,
     &v1::Stages::mutable_post_exec,
     false,
     true,
     300,
     {"crds", "backup_resources"}},
    {v1::STAGE_VALIDATE,
     "validate",
     &v1::Stages::has_validate,
     &v1::Stages::validate,
     &v1::Stages::mutable_validate,
     false,
     false,
     300,
     {"record", "workloads", "verdict", "gone"}},
    {v1::STAGE_ON_DEPLOY_FAILURE,
     "on_deploy_failure",
     &v1::Stages::has_on_deploy_failure,
     &v1::Stages::on_deploy_failure,
     &v1::Stages::mutable_on_deploy_failure,
     false,
     false,
     0,
     {"evidence", "remediate"}},
}};

inline const StageRow& RowOf(v1::Stage stage) {
  for (const StageRow& row : kStages) {
    if (row.stage == stage) return row;
  }
  return kStages.back();
}

// What the caller adds to the stage.
inline const v1::StagePlan& PlanOf(const v1::Stages& stages, v1::Stage stage) {
  return (stages.*RowOf(stage).get)();
}

}  // namespace wheelhouse::plan
