// Calls of hooks, which are code of callers' own (HookStep, HookService). Declared here,
// implemented by server/hooks: the lifecycle says what is called and does what a hook asks of the
// cluster, and knows no worker.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>
#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>

#include "common/context.h"
#include "wheelhouse/v1/hook_service.pb.h"

namespace wheelhouse::lifecycle {

struct HookRequest {
  // But for the attempt's number, `interrupted` and `time_left`, which the HookCaller sets. An
  // empty version allows any.
  v1::Invoke invoke;
  std::string chart;  // NAMESPACE/NAME
  std::string owner;  // the name of the principal that runs the plan
  std::string scope;
  absl::Duration heartbeat;
  absl::Duration queue_timeout = absl::InfiniteDuration();
  bool wait_for_worker = true;
  int attempts = 0;  // the newest number that was used
  // The attempt of that number was begun before the daemon ended or the claims were lost, and how
  // it ended is not known: it goes on if its worker still has it.
  bool begun = false;
  // Ends the wait for a worker, and nothing that one has begun. Unset: nothing does.
  std::optional<Context> patience = std::nullopt;
  // Whether what has ended the Context stops the chart where it is: the call is then left to its
  // worker. Otherwise it is cancelled.
  std::function<bool(const absl::Status&)> stops;
};

// What the lifecycle does while a call lasts. Used on the thread of HookCaller::Call only.
class HookHost {
 public:
  virtual ~HookHost() = default;

  // Makes durable that `attempt` is about to be handed to a worker. After an error it is not.
  virtual absl::Status Begin(int attempt, const std::string& worker,
                             const std::string& version) = 0;
  virtual void Log(absl::string_view line) = 0;
  virtual void Progress(const std::string& what) = 0;
  // No worker has the call now: what the step says from here on, also to who looks later. After an
  // error the call ends with it.
  virtual absl::Status Waits(const std::string& what) = 0;
  // Answers a request of the hook. Ends when the attempt does, or the Context.
  virtual v1::ClusterResponse Do(const Context& context, const v1::ClusterRequest& request) = 0;
  // Makes the result durable. PLAN_INVALID for a result that is not allowed.
  virtual absl::Status End(const v1::Result& result) = 0;
};

// Thread-safe.
class HookCaller {
 public:
  virtual ~HookCaller() = default;

  // Finds a worker and calls the hook; blocks until its result is durable. Holds no thread besides
  // the one that it is called on. Errors: HOOK_UNAVAILABLE, INTERRUPTED (with kFinalDetail) for an
  // effect ONCE whose end is not known, what ended the Context, and those of the host.
  virtual absl::StatusOr<v1::Result> Call(const Context& context, const HookRequest& request,
                                          HookHost& host) = 0;

  // The result of the attempt was made durable before the daemon ended: a worker that still has it
  // is told so.
  virtual void Forget(const std::string& owner, const v1::Attempt& attempt) = 0;
};

}  // namespace wheelhouse::lifecycle
