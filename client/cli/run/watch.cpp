#include "client/cli/run/watch.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <algorithm>
#include <iostream>
#include <thread>

#include "client/cli/output/failure_text.h"
#include "client/cli/output/run_text.h"
#include "client/cli/shell/exit_code.h"
#include "common/mutex.h"
#include "common/reason.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr absl::Duration kReconnectFor = absl::Seconds(30), kReconnectPause = absl::Seconds(1);
constexpr absl::Duration kTick = absl::Milliseconds(100);

// One thread reads the stream, one ticks, and Interrupt's asks and acts.
class Watcher {
 public:
  Watcher(const Connection& connection, std::unique_ptr<RunPrinter> printer, std::string run_id)
      : connection_(connection), run_id_(std::move(run_id)), printer_(std::move(printer)) {}

  int Watch();
  void OnInterrupt(Answer answer);
  void Ask(const std::string& question);

 private:
  grpc::Status WatchOnce();
  void Take(const v1::RunEvent& event);
  void Tick();
  void Notice(const std::string& text);
  // Whether to watch again after the stream ended with `status`; waits a moment before it says yes.
  bool ComesBack(const grpc::Status& status);
  int Lost(const grpc::Status& status);
  std::string HowToWatch() const { return absl::StrCat("wheelhouse runs watch ", run_id_); }

  const Connection& connection_;
  const std::string run_id_;
  Mutex mutex_;
  CondVar changed_;
  const std::unique_ptr<RunPrinter> printer_ ABSL_PT_GUARDED_BY(mutex_);
  v1::Run run_ ABSL_GUARDED_BY(mutex_);
  // What the daemon's clock is ahead of ours: events come late, never early, so that the largest
  // difference is the nearest.
  absl::Duration ahead_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the open stream
  bool detached_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the reading thread only.
  int64_t last_ = 0;
  bool begun_ = false, lost_ = false;
  absl::Time heard_ = absl::Now();
};

void Watcher::Take(const v1::RunEvent& event) {
  MutexLock lock(&mutex_);
  heard_ = absl::Now();
  lost_ = false;
  if (event.has_time()) ahead_ = std::max(ahead_, ToTime(event.time()) - heard_);
  if (event.has_heartbeat() || event.has_sync()) return;
  // A watcher that comes back gets a snapshot again, and perhaps events that it has seen.
  const bool again =
      event.has_snapshot() ? begun_ : event.sequence() > 0 && event.sequence() <= last_;
  if (!again || event.has_snapshot()) ApplyEvent(event, &run_);
  if (again) return;
  begun_ = true;
  last_ = std::max(last_, event.sequence());
  printer_->Event(event, run_);
}

grpc::Status Watcher::WatchOnce() {
  grpc::ClientContext context;
  v1::WatchRunRequest request;
  request.set_run_id(run_id_);
  request.set_after_sequence(last_);
  {
    MutexLock lock(&mutex_);
    context_ = &context;
    if (detached_) context.TryCancel();
  }
  auto reader = connection_.deployer->WatchRun(&context, request);
  v1::WatchRunResponse response;
  while (reader->Read(&response)) Take(response.event());
  grpc::Status status = reader->Finish();
  MutexLock lock(&mutex_);
  context_ = nullptr;
  return status;
}

void Watcher::Tick() {
  MutexLock lock(&mutex_);
  while (!done_) {
    if (ahead_ != -absl::InfiniteDuration()) printer_->Tick(run_, absl::Now() + ahead_);
    changed_.WaitFor(&mutex_, kTick);
  }
}

void Watcher::Notice(const std::string& text) {
  MutexLock lock(&mutex_);
  printer_->Notice(text);
}

void Watcher::Ask(const std::string& question) {
  MutexLock lock(&mutex_);
  printer_->Question(question);
}

bool Watcher::ComesBack(const grpc::Status& status) {
  const absl::Status error = FromGrpc(status, connection_.server);
  const bool may_return =
      error.ok() || absl::IsUnavailable(error) || absl::IsResourceExhausted(error);
  const absl::Time until = heard_ + kReconnectFor;
  if (!may_return || absl::Now() > until) return false;
  if (!lost_) {
    const std::string& why = status.error_message();
    Notice(absl::StrCat("the stream is lost", why.empty() ? "" : ": ", why, "; trying again for ",
                        ElapsedText(kReconnectFor)));
  }
  lost_ = true;
  const absl::Time next = absl::Now() + kReconnectPause;
  MutexLock lock(&mutex_);
  while (!detached_ && absl::Now() < next) changed_.WaitFor(&mutex_, next - absl::Now());
  return true;
}

int Watcher::Lost(const grpc::Status& status) {
  const absl::Status error = status.ok()
                                 ? absl::UnavailableError("the stream ended before the run did")
                                 : FromGrpc(status, connection_.server);
  PrintError(error, std::cerr);
  // Without a snapshot the run may never have been.
  if (begun_) std::cerr << "  the run may go on: " << HowToWatch() << "\n";
  return ExitCodeOf(error);
}

int Watcher::Watch() {
  std::thread ticker([this] { Tick(); });
  grpc::Status status;
  bool detached = false, ended = false;
  do {
    status = WatchOnce();
    MutexLock lock(&mutex_);
    detached = detached_;
    ended = Ended(run_.state()) && (status.ok() || last_ >= run_.sequence());
  } while (!detached && !ended && ComesBack(status));
  {
    MutexLock lock(&mutex_);
    done_ = true;
    changed_.NotifyAll();
  }
  ticker.join();
  if (!detached && !ended) return Lost(status);
  MutexLock lock(&mutex_);
  if (ended) {
    printer_->End(run_);
    return ExitCodeOf(run_);
  }
  printer_->Notice(absl::StrCat("detached; the run goes on: ", HowToWatch()));
  return kExitDone;
}

void Watcher::OnInterrupt(Answer answer) {
  if (answer == Answer::kDetach) {
    MutexLock lock(&mutex_);
    detached_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.NotifyAll();
    return;
  }
  Notice(absl::StrCat("cancelling run ", run_id_, "; Ctrl-C once more leaves at once"));
  v1::CancelRunRequest request;
  request.set_run_id(run_id_);
  v1::CancelRunResponse response;
  const absl::Status status = Call(connection_, connection_.deployer,
                                   &v1::DeployerService::Stub::CancelRun, request, &response);
  if (!status.ok()) Notice(absl::StrCat("cannot cancel: ", std::string(status.message())));
}

}  // namespace

int WatchToEnd(const Connection& connection, std::unique_ptr<RunPrinter> printer,
               const std::string& run_id, Interrupt* interrupt, Answer unasked) {
  Watcher watcher(connection, std::move(printer), run_id);
  interrupt->Start({[&watcher](const std::string& question) { watcher.Ask(question); },
                    [&watcher](Answer answer) { watcher.OnInterrupt(answer); }},
                   unasked);
  const int exit_code = watcher.Watch();
  interrupt->Stop();
  return exit_code;
}

}  // namespace wheelhouse::cli
