// Hooks: code of callers' own that serves steps, over sessions that its workers opened. The room's
// interface: the lifecycle calls hooks, and each worker has a WorkerSession. No thread is held by a
// session; a call has the thread that runs its chart.
#pragma once

#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/boot_clock.h"
#include "common/principal.h"
#include "server/hooks/table.h"
#include "server/lifecycle/core/hook_caller.h"

namespace wheelhouse::hooks {

// One worker, while it is connected. Used by one thread at a time.
class WorkerSession {
 public:
  // `wake` is called from any thread when Next has something; it takes no lock that is held while
  // this class is called.
  WorkerSession(Table& table, const Principal& by, std::function<void()> wake);
  ~WorkerSession();
  WorkerSession(const WorkerSession&) = delete;
  WorkerSession& operator=(const WorkerSession&) = delete;

  // A message of the worker, of `bytes`. PLAN_INVALID: the session has to end.
  absl::Status Take(const v1::SessionRequest& message, size_t bytes);
  // What is to be sent to it next.
  std::optional<v1::SessionResponse> Next() { return table_.Next(&session_); }
  // How long nothing more may be read from it: it has sent too much. absl::InfiniteDuration() while
  // too much waits to be sent; `wake` comes when it may have changed.
  absl::Duration PauseOfReading();

 private:
  Table& table_;
  Session session_;
  // How much of each it may send at once; they fill up with time.
  double messages_, bytes_;
  absl::Duration filled_;  // on the steady clock
};

// Thread-safe.
class Hooks final : public lifecycle::HookCaller {
 public:
  // The clock must outlive it, and it all sessions and calls.
  explicit Hooks(const BootClock& boot) : table_(boot) {}

  absl::StatusOr<v1::Result> Call(const Context& context, const lifecycle::HookRequest& request,
                                  lifecycle::HookHost& host) override;
  void Forget(const std::string& owner, const v1::Attempt& attempt) override;

  std::unique_ptr<WorkerSession> Open(const Principal& by, std::function<void()> wake);
  // The workers of the principal, and its calls that wait for one.
  v1::ListHooksResponse List(const Principal& by);
  HookCounts Counts() { return table_.Counts(); }

 private:
  Table table_;
};

}  // namespace wheelhouse::hooks
