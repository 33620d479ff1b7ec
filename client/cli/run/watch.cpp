#include "client/cli/run/watch.h"

#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include <algorithm>
#include <thread>

#include "client/cli/output/failure_text.h"
#include "client/cli/output/run_text.h"
#include "client/cli/run/watch_rule.h"
#include "client/cli/shell/exit_code.h"
#include "common/mutex.h"
#include "common/reason.h"
#include "common/run_picture.h"
#include "common/time.h"

namespace wheelhouse::cli {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);

// One thread reads the stream, one ticks, and Interrupt's asks and acts.
class Watcher {
 public:
  Watcher(const Console& console, const Connection& connection, std::unique_ptr<RunPrinter> printer,
          std::string run_id, bool known, v1::Run* ended)
      : console_(console),
        connection_(connection),
        run_id_(std::move(run_id)),
        ended_(ended),
        printer_(std::move(printer)),
        known_(known) {}

  int Watch();
  void OnInterrupt(Answer answer);
  void Ask(const std::string& question);

 private:
  grpc::Status WatchOnce();
  void Take(const v1::RunEvent& event);
  void TickLoop();
  void Notice(const std::string& text);
  // Whether to watch again after a stream that ended with `status`; pauses before it returns true.
  bool ComesBack(const grpc::Status& status);
  // Reports a watch that ended before the run did. Returns the exit code.
  int Lost(const grpc::Status& status);
  std::string HowToWatch() const { return absl::StrCat("wheelhouse runs watch ", run_id_); }

  const Console& console_;
  const Connection& connection_;
  const std::string run_id_;
  v1::Run* const ended_;  // lent; may be null
  Mutex mutex_;
  CondVar changed_;
  const std::unique_ptr<RunPrinter> printer_ ABSL_PT_GUARDED_BY(mutex_);
  v1::Run run_ ABSL_GUARDED_BY(mutex_);
  // How far the daemon's clock is ahead of ours: events arrive late, never early, so the largest
  // difference is the nearest.
  absl::Duration ahead_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mutex_) = nullptr;  // of the open stream
  absl::Time heard_ ABSL_GUARDED_BY(mutex_);  // the last event of the open stream, or its opening
  bool silent_ ABSL_GUARDED_BY(mutex_) = false;  // the stream was cancelled for its silence
  bool detached_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  // Of the reading thread only.
  int64_t last_ = 0;
  bool known_;          // the run is known to exist
  bool begun_ = false;  // the first snapshot has come
  absl::Time lost_since_ = absl::InfiniteFuture();
};

void Watcher::Take(const v1::RunEvent& event) {
  MutexLock lock(&mutex_);
  heard_ = absl::Now();
  known_ = true;
  lost_since_ = absl::InfiniteFuture();
  if (event.has_time()) ahead_ = std::max(ahead_, ToTime(event.time()) - heard_);
  if (event.has_heartbeat() || event.has_sync()) return;
  // After coming back: the snapshot is the run's new picture, and no news.
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
    heard_ = absl::Now();
    silent_ = false;
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

void Watcher::TickLoop() {
  MutexLock lock(&mutex_);
  while (!done_) {
    if (ahead_ != -absl::InfiniteDuration()) printer_->Tick(run_, absl::Now() + ahead_);
    if (context_ != nullptr && absl::Now() > heard_ + kSilence) {
      silent_ = true;
      context_->TryCancel();
    }
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
  const absl::Time now = absl::Now();
  const bool first = lost_since_ == absl::InfiniteFuture();
  if (first) lost_since_ = now;
  if (!cli::ComesBack(status.error_code(), ErrorReason(status), known_, now - lost_since_))
    return false;
  MutexLock lock(&mutex_);
  if (first) {
    const std::string why = silent_ ? absl::StrCat("nothing received for ", ElapsedText(kSilence))
                                    : status.error_message();
    printer_->Notice(absl::StrCat("the stream is lost", why.empty() ? "" : ": ", why,
                                  "; reconnecting for up to ", ElapsedText(kGiveUpAfter)));
  }
  while (!detached_ && absl::Now() < now + kPause)
    changed_.WaitFor(&mutex_, now + kPause - absl::Now());
  return true;
}

int Watcher::Lost(const grpc::Status& status) {
  const absl::Status error = status.ok()
                                 ? absl::UnavailableError("the stream ended before the run did")
                                 : FromGrpc(status, connection_.server);
  PrintError(error, StyleOf(console_.options), console_.errors);
  if (known_) console_.errors << "  the run may still be going on: " << HowToWatch() << "\n";
  return ExitCodeOf(error);
}

int Watcher::Watch() {
  std::thread ticker([this] { TickLoop(); });
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
    TranslateHints(StyleOf(console_.options), &run_);
    printer_->End(run_);
    if (ended_ != nullptr) *ended_ = run_;
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
  Notice(absl::StrCat("cancelling run ", run_id_, "; press Ctrl-C again to leave at once"));
  v1::CancelRunRequest request;
  request.set_run_id(run_id_);
  v1::CancelRunResponse response;
  const absl::Status status =
      Call(connection_, connection_.deployer, &DeployerStub::CancelRun, request, &response);
  if (!status.ok())
    Notice(absl::StrCat("the run cannot be cancelled: ", std::string(status.message())));
}

}  // namespace

int WatchToEnd(const Console& console, const Connection& connection,
               std::unique_ptr<RunPrinter> printer, const std::string& run_id, Interrupt* interrupt,
               Role role, v1::Run* ended) {
  const bool creator = role == Role::kCreator;
  Watcher watcher(console, connection, std::move(printer), run_id, creator, ended);
  interrupt->Start({[&watcher](const std::string& question) { watcher.Ask(question); },
                    [&watcher](Answer answer) { watcher.OnInterrupt(answer); }},
                   creator ? Answer::kCancel : Answer::kDetach);
  const int exit_code = watcher.Watch();
  interrupt->Stop();
  return exit_code;
}

}  // namespace wheelhouse::cli
