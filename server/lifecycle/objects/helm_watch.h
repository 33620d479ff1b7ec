// Looks at the cluster while helm works and waits: helm itself says nothing before it is done.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "server/kube/readiness/rollout.h"
#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Reports progress and what is said meanwhile (wait_log.h), of the hooks that helm runs and of the
// objects that it waits for, and ends `scope`, and so helm, with POD_FAILING when something of it
// cannot succeed, or as Stalled says. Used by one thread at a time; it has one of its own.
class HelmWatch {
 public:
  // What is looked at. The functions are called on the watch's thread.
  struct Subject {
    std::vector<kube::Awaited> awaited;
    // See RolloutOptions.
    std::function<bool(const Context&, const kube::ObjectId&, const kube::Json& live)>
        about_to_change = nullptr;
    // Whether helm waits for what is ready already. Unset: it does not.
    std::function<bool(const Context&, const v1::Progress&)> has_stalled = nullptr;
  };

  // Both are lent.
  HelmWatch(const Context& scope, const Chart& chart) : scope_(scope), chart_(chart) {}
  ~HelmWatch() { Stop(); }

  // Begins, at most once; nothing to watch is fine.
  void Begin(Subject subject);

  // Whether `status` came of a helm that was ended because it had stalled.
  static bool Stalled(const absl::Status& status);

  // Ends it. helm's failure, with what it was waiting for when time ran out, or with what became of
  // the hook that failed.
  absl::Status Explain(const absl::Status& failure);

 private:
  void Stop();
  void Watch();
  void Report(const v1::Progress& progress);

  const Context scope_;
  const Chart& chart_;
  const Context until_stopped_ = scope_.WithCancel();
  Subject subject_;  // not changed while the thread runs
  Mutex mutex_;
  v1::Progress last_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace wheelhouse::lifecycle
