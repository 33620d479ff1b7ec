#include "server/lifecycle/objects/helm_watch.h"

#include <absl/strings/str_cat.h>

#include <iterator>
#include <utility>

#include "common/failure.h"
#include "server/lifecycle/objects/wait_log.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kLastLook = absl::Seconds(5);

}  // namespace

void HelmWatch::Begin(std::vector<kube::Awaited> awaited, AboutToChange about_to_change,
                      OnLook on_look) {
  if (awaited.empty()) return;
  awaited_ = std::move(awaited);
  thread_ = std::thread([this, change = std::move(about_to_change), look = std::move(on_look)] {
    Watch(change, look);
  });
}

void HelmWatch::Stop() {
  until_stopped_.Cancel(absl::CancelledError());
  if (thread_.joinable()) thread_.join();
}

void HelmWatch::Watch(AboutToChange about_to_change, const OnLook& on_look) {
  WaitLog log(until_stopped_, chart_);
  kube::RolloutOptions options = RolloutOptionsOf(chart_);
  options.await_creation = true;
  options.until_cancelled = true;
  options.on_progress = [&](const v1::Progress& progress) {
    Report(progress);
    if (on_look == nullptr) return;
    if (const absl::Status seen = on_look(until_stopped_, progress); !seen.ok())
      scope_.Cancel(seen);
  };
  options.on_sight = [&log](const kube::Sight& sight) { log.See(sight); };
  options.about_to_change = std::move(about_to_change);
  const absl::Status status =
      kube::AwaitRollout(until_stopped_, chart_.kube(), chart_.services.clock, awaited_, options);
  if (HasReason(status, Reason::kPodFailing)) scope_.Cancel(status);
}

void HelmWatch::Report(const v1::Progress& progress) {
  MutexLock lock(&mutex_);
  // Where helm waits for hooks alone, there is mostly nothing to tell.
  if (progress.total() > 0 || progress.waiting_size() > 0 || last_.waiting_size() > 0)
    chart_.report.Progress(progress);
  last_ = progress;
}

absl::Status HelmWatch::Explain(const absl::Status& failure) {
  Stop();
  std::vector<kube::Awaited> hooks;
  std::ranges::copy_if(awaited_, std::back_inserter(hooks),
                       [](const kube::Awaited& one) { return !one.hook.empty(); });
  v1::Progress last;
  {
    MutexLock lock(&mutex_);
    last = last_;
  }
  if (HasReason(failure, Reason::kHookFailed) && !hooks.empty()) {
    // The hook has failed since the last look, and what it was doing then is not why.
    kube::RolloutOptions options = RolloutOptionsOf(chart_);
    options.on_progress = [&last](const v1::Progress& progress) {
      if (progress.waiting_size() > 0) last = progress;
    };
    const Context context =
        chart_.bounds.failure.WithTimeout(kLastLook, absl::DeadlineExceededError(""));
    // What may have kept the hook from succeeding is in the progress, too.
    (void)kube::AwaitRollout(context, chart_.kube(), chart_.services.clock, hooks, options);
  } else if (!HasReason(failure, Reason::kNotReady)) {
    return failure;
  }
  if (last.waiting().empty()) return failure;
  v1::Failure explained = FailureOf(failure);
  explained.set_message(absl::StrCat(explained.message(), ": ", WaitingIn(last)));
  return StatusFrom(explained);
}

}  // namespace wheelhouse::lifecycle
