// Calls and workers without gRPC: a call is a thread, a worker a WorkerSession.
#pragma once

#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/failure.h"
#include "common/mutex.h"
#include "common/time.h"
#include "server/hooks/hooks.h"
#include "server/lifecycle/core/chart_request.h"

namespace wheelhouse::hooks {

// The chart's side of a call, which remembers what it was asked for.
class FakeHost final : public lifecycle::HookHost {
 public:
  absl::Status Begin(int attempt, const std::string& worker, const std::string&) override {
    Add(absl::StrCat("begin ", attempt, " ", worker));
    return begin;
  }
  void Log(absl::string_view line) override { Add(absl::StrCat("log ", std::string(line))); }
  void Progress(const std::string& what) override { Add("progress " + what); }
  absl::Status Waits(const std::string& what) override {
    Add("waits " + what);
    return absl::OkStatus();
  }
  v1::ClusterResponse Do(const Context& context, const v1::ClusterRequest& request) override {
    v1::ClusterResponse response;
    Add(absl::StrCat("do ", request.number()));
    if (hangs) {
      const absl::Status ended = WaitFor(context);
      *response.mutable_failure() = FailureOf(ended);
    }
    response.set_outcome("done");
    return response;
  }
  absl::Status End(const v1::Result& result) override {
    Add("end " + result.outcome());
    return end;
  }

  std::vector<std::string> said() {
    MutexLock lock(&mutex_);
    return said_;
  }
  bool HasSaid(const std::string& what) {
    for (const std::string& one : said()) {
      if (one == what) return true;
    }
    return false;
  }

  absl::Status begin, end;
  bool hangs = false;  // requests end with their Context

 private:
  // A fence's bound wakes nobody.
  static absl::Status WaitFor(const Context& context) {
    while (true) {
      absl::Status ended = context.Sleep(absl::Milliseconds(5));
      if (!ended.ok()) return ended;
    }
  }
  void Add(const std::string& what) {
    MutexLock lock(&mutex_);
    said_.push_back(what);
  }

  Mutex mutex_;
  std::vector<std::string> said_ ABSL_GUARDED_BY(mutex_);
};

inline lifecycle::HookRequest RequestFor(const std::string& id,
                                         v1::HookEffect effect = v1::HOOK_EFFECT_REPEATABLE,
                                         absl::Duration heartbeat = absl::Hours(1)) {
  lifecycle::HookRequest request;
  request.invoke.mutable_attempt()->set_id(id);
  request.invoke.set_name("drain");
  request.invoke.set_run_id("run");
  request.invoke.set_effect(effect);
  request.owner = "unix:ci";
  request.heartbeat = heartbeat;
  request.stops = [](const absl::Status& ended) {
    return HasReason(ended, Reason::kInterrupted) && !lifecycle::IsFinal(ended);
  };
  return request;
}

// A call on a thread of its own.
class Calling {
 public:
  Calling(Hooks& hooks, lifecycle::HookRequest request)
      : context(Context::Background().WithCancel()),
        request_(std::move(request)),
        thread_([this, &hooks] { result_ = hooks.Call(context, request_, host); }) {}
  ~Calling() {
    context.Cancel(MakeFailure(Reason::kInterrupted, "the test ends"));
    if (thread_.joinable()) thread_.join();
  }
  absl::StatusOr<v1::Result> Result() {
    thread_.join();
    return result_;
  }

  const Context context;
  FakeHost host;

 private:
  const lifecycle::HookRequest request_;
  absl::StatusOr<v1::Result> result_ = absl::UnknownError("not ended");
  std::thread thread_;
};

class FakeWorker {
 public:
  FakeWorker(Hooks& hooks, const std::string& name, const std::string& caller = "unix:ci")
      : session_(hooks.Open({caller, KnownBy::kUnixSocket}, [] {})) {
    attach_.set_worker(name);
    attach_.set_capacity(1);
    attach_.add_hooks()->set_name("drain");
  }
  v1::Attach& attach() { return attach_; }
  void Attach() {
    v1::SessionRequest message;
    *message.mutable_attach() = attach_;
    EXPECT_TRUE(Send(message).ok());
    EXPECT_TRUE(Receive().has_attached());
  }
  absl::Status Send(const v1::SessionRequest& message) { return session_->Take(message, 10); }
  // Polls for the next message.
  v1::SessionResponse Receive() {
    while (true) {
      if (auto next = session_->Next(); next.has_value()) return *std::move(next);
      absl::SleepFor(absl::Milliseconds(1));
    }
  }
  bool HasMessage() {
    const auto next = session_->Next();
    return next.has_value();
  }
  v1::Invoke Invoked() {
    const v1::SessionResponse response = Receive();
    EXPECT_TRUE(response.has_invoke()) << response.ShortDebugString();
    return response.invoke();
  }
  void SendResult(const v1::Attempt& attempt, const std::string& outcome) {
    v1::SessionRequest message;
    *message.mutable_result()->mutable_attempt() = attempt;
    message.mutable_result()->set_outcome(outcome);
    EXPECT_TRUE(Send(message).ok());
  }
  void Beat(const v1::Attempt& attempt) {
    v1::SessionRequest message;
    *message.mutable_heartbeat()->mutable_attempt() = attempt;
    EXPECT_TRUE(Send(message).ok());
  }
  void Ask(const v1::Attempt& attempt, int number) {
    v1::SessionRequest message;
    *message.mutable_cluster()->mutable_attempt() = attempt;
    message.mutable_cluster()->set_number(number);
    message.mutable_cluster()->mutable_get()->set_kind("Pod");
    EXPECT_TRUE(Send(message).ok());
  }
  void Leave() { session_.reset(); }
  WorkerSession& session() { return *session_; }

 private:
  std::unique_ptr<WorkerSession> session_;
  v1::Attach attach_;
};

class HooksFixture : public testing::Test {
 protected:
  template <typename Condition>
  static void Until(Condition condition) {
    while (!condition()) absl::SleepFor(absl::Milliseconds(1));
  }
  // Whether a call waits for a worker.
  bool Waits() { return hooks_.List({"unix:ci", KnownBy::kUnixSocket}).waiting_size() > 0; }

  const SystemBootClock boot_;
  Hooks hooks_{boot_};
};

}  // namespace wheelhouse::hooks
