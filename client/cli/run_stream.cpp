#include "client/cli/run_stream.h"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <mutex>

#include "client/cli/output.h"
#include "client/cli/text_printer.h"
#include "common/reason.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {
namespace {

constexpr std::chrono::seconds kReconnectFor{30}, kReconnectPause{1};

class Watcher {
 public:
  Watcher(const Connection& connection, const Options& options, const std::string& run_id)
      : connection_(connection), options_(options), run_id_(run_id) {}

  int Watch();
  void OnInterrupt(Answer answer);

 private:
  grpc::Status WatchOnce();
  void Take(const v1::RunEvent& event);

  const Connection& connection_;
  const Options& options_;
  const std::string run_id_;
  v1::Run run_;
  int64_t last_ = 0;
  bool begun_ = false;
  std::chrono::steady_clock::time_point heard_ = std::chrono::steady_clock::now();
  std::atomic<bool> detached_{false};
  std::mutex mutex_;
  grpc::ClientContext* context_ = nullptr;  // of the open stream; under mutex_
};

void Watcher::Take(const v1::RunEvent& event) {
  heard_ = std::chrono::steady_clock::now();
  if (event.has_heartbeat() || event.has_sync()) return;
  // A watcher that comes back gets a snapshot again, and perhaps events that it has seen.
  if (event.has_snapshot() ? begun_ : event.sequence() > 0 && event.sequence() <= last_) {
    if (event.has_snapshot()) ApplyEvent(event, &run_);
    return;
  }
  begun_ = true;
  ApplyEvent(event, &run_);
  if (!event.has_snapshot()) last_ = std::max(last_, event.sequence());
  if (options_.json()) {
    PrintJson(event);
  } else {
    PrintEvent(event, std::cout);
  }
}

grpc::Status Watcher::WatchOnce() {
  grpc::ClientContext context;
  v1::WatchRunRequest request;
  request.set_run_id(run_id_);
  request.set_after_sequence(last_);
  auto reader = connection_.deployer->WatchRun(&context, request);
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    context_ = &context;
    if (detached_) context.TryCancel();
  }
  v1::WatchRunResponse response;
  while (reader->Read(&response)) Take(response.event());
  grpc::Status status = reader->Finish();
  const std::lock_guard<std::mutex> lock(mutex_);
  context_ = nullptr;
  return status;
}

int Watcher::Watch() {
  while (true) {
    const grpc::Status status = WatchOnce();
    if (detached_) {
      std::cerr << "detached; the run goes on: wheelhouse runs watch " << run_id_ << "\n";
      return kExitDone;
    }
    if (Ended(run_.state()) && (status.ok() || last_ >= run_.sequence())) break;
    const bool may_return = status.ok() || status.error_code() == grpc::StatusCode::UNAVAILABLE ||
                            status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED;
    if (!may_return || std::chrono::steady_clock::now() - heard_ > kReconnectFor) {
      const absl::Status error = status.ok()
                                     ? absl::UnavailableError("the stream ended before the run did")
                                     : FromGrpc(status, connection_.server);
      PrintError(error, std::cerr);
      std::cerr << "  the run may go on: wheelhouse runs watch " << run_id_ << "\n";
      return ExitCodeOf(error);
    }
    std::this_thread::sleep_for(kReconnectPause);
  }
  PrintFailures(run_, std::cerr);
  return ExitCodeOf(run_);
}

void Watcher::OnInterrupt(Answer answer) {
  if (answer == Answer::kDetach) {
    detached_ = true;
    const std::lock_guard<std::mutex> lock(mutex_);
    if (context_ != nullptr) context_->TryCancel();
    return;
  }
  std::cerr << "cancelling run " << run_id_ << "; once more leaves at once\n";
  v1::CancelRunRequest request;
  request.set_run_id(run_id_);
  v1::CancelRunResponse response;
  const absl::Status status = Call(connection_, connection_.deployer,
                                   &v1::DeployerService::Stub::CancelRun, request, &response);
  if (!status.ok()) PrintError(status, std::cerr);
}

}  // namespace

int WatchToEnd(const Connection& connection, const Options& options, const std::string& run_id,
               Interrupt* interrupt) {
  Watcher watcher(connection, options, run_id);
  interrupt->Start([&watcher](Answer answer) { watcher.OnInterrupt(answer); });
  const int exit_code = watcher.Watch();
  interrupt->Stop();
  return exit_code;
}

}  // namespace wheelhouse::cli
