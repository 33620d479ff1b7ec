#include "server/lifecycle/objects/wait_log.h"

#include <ranges>
#include <utility>

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kReadEvery = absl::Seconds(2);
constexpr size_t kMostWarnings = 200;
// The cluster's clocks may be behind, and a chart's own webhook may have answered helm just before.
constexpr absl::Duration kBefore = absl::Seconds(5);
// A warning is logged again once it was repeated so many times as often.
constexpr int64_t kAgain = 10;

}  // namespace

WaitLog::WaitLog(const Context& context, const Chart& chart)
    : context_(context), chart_(chart), began_(chart.services.clock.Now()) {}

void WaitLog::See(const kube::Sight& sight) {
  LogWarnings(sight.warnings);
  if (chart_.info().logs() == v1::POD_LOGS_NONE) return;
  {
    MutexLock lock(&mutex_);
    pods_ = sight.pods;
  }
  if (sight.pods.empty() || follower_.has_value()) return;
  follower_.emplace(context_, chart_, LinesOfChart(chart_.info()), kReadEvery,
                    [this](const Context&) {
                      MutexLock lock(&mutex_);
                      return pods_;
                    });
}

void WaitLog::LogWarnings(const std::vector<kube::Warning>& warnings) {
  for (const kube::Warning& warning : std::views::reverse(warnings)) {
    if (warning.last < began_ - kBefore) continue;
    kube::Warning once = warning;
    once.count = 1;
    const std::string key = once.ToString();
    const auto logged = logged_.find(key);
    if (logged == logged_.end() ? logged_.size() >= kMostWarnings
                                : warning.count < logged->second * kAgain)
      continue;
    logged_[key] = warning.count;
    chart_.report.Said(v1::LOG_KIND_EVENT, "event", warning.ToString());
  }
}

}  // namespace wheelhouse::lifecycle
