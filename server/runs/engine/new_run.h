// What is stored of a run when it is accepted.
#pragma once

#include <absl/time/time.h>

#include <optional>
#include <string>
#include <vector>

#include "common/principal.h"
#include "server/kube/cluster.h"
#include "server/plan/prepare.h"
#include "server/plan/prune.h"
#include "server/store/store.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// Who asks for a run, and how the same request is recognized.
struct RunAsked {
  Principal by;
  std::string request_id;
  std::string digest;
};

// A run that is about to be made, before it has an id.
struct NewRun {
  plan::PreparedPlan made;
  kube::Cluster* cluster = nullptr;  // lent
  bool preview = false;
  std::optional<v1::RetryOf> retry_of;
  std::optional<v1::PlanSaving> saves;
  std::optional<v1::AppliedPlan> applies;
  std::vector<store::KeptBytes> kept;
  plan::LeftBehind left_behind;
};

store::RunRow RowOf(const RunAsked& asked, const NewRun& wanted, std::string id, absl::Time now);

// The run's picture before its first event.
v1::Run FirstPicture(const NewRun& wanted, const store::RunRow& row);

}  // namespace wheelhouse::runs
