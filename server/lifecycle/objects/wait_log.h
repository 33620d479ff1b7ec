// What a chart that is waited for says meanwhile, as log events of the run: Warning events of its
// objects and of what was made for them, and lines that its new pods print.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/kube/readiness/diagnosis.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/pod_lines.h"

namespace wheelhouse::lifecycle {

// Made for one wait. Warnings that were said before it began are not logged. Logs of pods are read
// on a thread of its own, which begins with the first pod: kubelets may be slow to answer, and
// readiness must not wait for them. The destructor ends it.
class WaitLog {
 public:
  // All are lent.
  WaitLog(const Context& context, const Chart& chart);
  ~WaitLog();

  // What a look has shown. Called on one thread.
  void See(const kube::Sight& sight);

 private:
  void LogWarnings(const std::vector<kube::Warning>& warnings);
  void FollowPods();

  const Chart& chart_;
  const Context until_over_;
  const absl::Time began_;
  std::map<std::string, int64_t> logged_;  // warnings without their count: the count last logged
  Mutex mutex_;
  std::vector<kube::Json> pods_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace wheelhouse::lifecycle
