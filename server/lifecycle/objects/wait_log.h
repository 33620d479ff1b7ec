// What a chart that is waited for says meanwhile, as log events of the run: Warning events of its
// objects and of what was made for them, and lines that its new pods print.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/mutex.h"
#include "server/kube/readiness/diagnosis.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/pod_lines.h"

namespace wheelhouse::lifecycle {

// Made for one wait. Warnings that were said before it began are not logged. Logs of pods are
// followed from the first pod on.
class WaitLog {
 public:
  // All are lent.
  WaitLog(const Context& context, const Chart& chart);

  // What a look has shown. Called on one thread.
  void See(const kube::Sight& sight);

 private:
  void LogWarnings(const std::vector<kube::Warning>& warnings);

  const Context context_;
  const Chart& chart_;
  const absl::Time began_;
  std::map<std::string, int64_t> logged_;  // warnings without their count: the count last logged
  Mutex mutex_;
  std::vector<kube::Json> pods_ ABSL_GUARDED_BY(mutex_);
  std::optional<PodFollower> follower_;
};

}  // namespace wheelhouse::lifecycle
