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
// cannot succeed. Used by one thread; it has one of its own.
class HelmWatch {
 public:
  // Both are lent.
  HelmWatch(const Context& scope, const Chart& chart) : scope_(scope), chart_(chart) {}
  ~HelmWatch() { Stop(); }

  // Begins, at most once; nothing to watch is fine. `about_to_change`: see RolloutOptions.
  using AboutToChange =
      std::function<bool(const Context&, const kube::ObjectId&, const kube::Json& live)>;
  // Sees what each look has shown; an error ends `scope` with it.
  using OnLook = std::function<absl::Status(const Context&, const v1::Progress&)>;
  void Begin(std::vector<kube::Awaited> awaited, AboutToChange about_to_change = nullptr,
             OnLook on_look = nullptr);

  // Ends it. helm's failure, with what it was waiting for when time ran out, or with what became of
  // the hook that failed.
  absl::Status Explain(const absl::Status& failure);

 private:
  void Stop();
  void Watch(AboutToChange about_to_change, const OnLook& on_look);
  void Report(const v1::Progress& progress);

  const Context scope_;
  const Chart& chart_;
  const Context until_stopped_ = scope_.WithCancel();
  std::vector<kube::Awaited> awaited_;
  Mutex mutex_;
  v1::Progress last_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace wheelhouse::lifecycle
