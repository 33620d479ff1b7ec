// One call of a hook, as the chart's side of it: what is journalled, streamed and done while it
// lasts.
#pragma once

#include <string>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/hook_caller.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// Used by the thread that runs the chart.
class HookRun final : public HookHost {
 public:
  // All are lent. `preview`: nothing is recorded. `id` is the call's.
  HookRun(const Chart& chart, Known& known, const v1::HookStep& step, std::string id, bool preview);

  // Whether the call that the trail knows is this one.
  bool IsNewest() const { return known_.trail.hook().id() == id_; }

  absl::Status Begin(int attempt, const std::string& worker, const std::string& version) override;
  void Log(absl::string_view line) override;
  void Progress(const std::string& what) override;
  absl::Status Waits(const std::string& what) override;
  v1::ClusterResponse Do(const Context& context, const v1::ClusterRequest& request) override;
  absl::Status End(const v1::Result& result) override;

  // The call has failed otherwise: no worker has it any more.
  void Failed();

 private:
  bool read_only() const { return step_.effect() == v1::HOOK_EFFECT_READ_ONLY; }
  // What the step does now, with the trail, durable.
  absl::Status Record(const std::string& outcome);
  absl::Status TakePayload(const v1::Result& result);

  const Chart& chart_;
  Known& known_;
  const v1::HookStep& step_;
  const std::string id_;
  const bool preview_;
  absl::Duration next_request_ = absl::ZeroDuration();  // on the steady clock
};

}  // namespace wheelhouse::lifecycle
