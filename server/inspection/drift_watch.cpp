#include "server/inspection/drift_watch.h"

#include <algorithm>

#include "common/failure.h"

namespace wheelhouse::inspection {
namespace {

// Of one release, and of one list of all.
constexpr absl::Duration kPatience = absl::Seconds(60);

Context Bounded(const Context& context) {
  return context.WithTimeout(
      kPatience, MakeFailure(Reason::kClusterUnreachable, "the cluster could not be read in 60 s"));
}

}  // namespace

DriftWatch::DriftWatch(std::vector<Cluster> clusters, const Options& options, const Clock& clock)
    : clusters_(std::move(clusters)), options_(options), clock_(clock) {
  if (options_.every > absl::ZeroDuration()) thread_ = std::thread([this] { Loop(); });
}

DriftWatch::~DriftWatch() { Stop(); }

void DriftWatch::Stop() {
  stop_.Cancel(MakeFailure(Reason::kShuttingDown, "the daemon is shutting down"));
  if (thread_.joinable()) thread_.join();
}

void DriftWatch::Loop() {
  absl::Duration pause = options_.every;
  while (stop_.Sleep(pause).ok()) {
    const absl::Duration begun = SteadyNow();
    Round();
    pause = std::max(absl::ZeroDuration(), options_.every - (SteadyNow() - begun));
  }
}

void DriftWatch::Round() {
  for (const Cluster& cluster : clusters_) {
    if (!stop_.Check().ok()) return;
    LookAt(cluster);
  }
}

void DriftWatch::LookAt(const Cluster& cluster) {
  Releases before, now;
  {
    MutexLock lock(&mutex_);
    before = seen_[cluster.name];
  }
  int drifted = 0;
  absl::Status failed;
  const auto releases = InstalledReleases(Bounded(stop_), cluster.client, "");
  if (!releases.ok()) failed = releases.status();
  for (const ReleaseKey& release : releases.ok() ? *releases : std::vector<ReleaseKey>()) {
    const auto drift = DriftOf(Bounded(stop_), cluster.client, release, clock_.Now());
    if (!stop_.Check().ok()) return;
    if (!drift.ok()) {
      failed = drift.status();
      break;
    }
    if (drift->state() == v1::DRIFT_STATE_ABSENT) continue;  // it has gone meanwhile
    if (drift->state() == v1::DRIFT_STATE_DRIFTED) ++drifted;
    const auto known = before.find(release);
    const bool same = known != before.end() && known->second.revision == drift->revision();
    now[release] = {drift->revision(), SummaryOf(*drift)};
    if (options_.observer != nullptr)
      options_.observer->OnRelease(cluster.name, *drift, same ? &known->second.check : nullptr);
  }
  // What could not be looked at is known as it was.
  if (!failed.ok()) now.merge(before);
  const auto count = static_cast<int>(now.size());
  {
    MutexLock lock(&mutex_);
    seen_[cluster.name] = std::move(now);
  }
  if (options_.observer != nullptr)
    options_.observer->OnCluster(cluster.name, count, drifted, failed);
}

std::optional<v1::DriftCheck> DriftWatch::LastSeen(const std::string& cluster,
                                                   const ReleaseKey& release, int revision) {
  MutexLock lock(&mutex_);
  const auto releases = seen_.find(cluster);
  if (releases == seen_.end()) return std::nullopt;
  const auto found = releases->second.find(release);
  if (found == releases->second.end() || found->second.revision != revision) return std::nullopt;
  return found->second.check;
}

}  // namespace wheelhouse::inspection
