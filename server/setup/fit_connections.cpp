#include "server/setup/fit_connections.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/failure.h"
#include "common/process/descriptors.h"
#include "server/kube/watch_cache.h"

namespace wheelhouse::setup {
namespace {

// A connection takes one descriptor. Where there are too few of them, listeners have fewer
// connections, so that enough is left for the rest of the daemon.
constexpr uint64_t kOwn = 1000;  // store, clusters' requests, helm, probes, uploads
constexpr uint64_t kPartOfWatches = 4;

}  // namespace

void FitConnections(config::v1::Config* config) {
  const auto limit = RaiseDescriptorLimit();
  if (!limit.ok()) {
    spdlog::warn("the limit of open files cannot be raised: {}",
                 FailureOf(limit.status()).message());
    return;
  }
  FitConnections(*limit, config);
}

void FitConnections(uint64_t descriptors, config::v1::Config* config) {
  const auto listeners = static_cast<uint64_t>(std::max(1, config->listen_size()));
  const auto wanted = static_cast<uint64_t>(config->limits().connections());
  const int clusters = std::max(1, config->clusters_size());
  const uint64_t own = kOwn + static_cast<uint64_t>(clusters) *
                                  static_cast<uint64_t>(MostWatches(descriptors, clusters));
  const uint64_t room = descriptors > own ? (descriptors - own) / listeners : 1;
  if (room >= wanted) return;
  spdlog::warn(
      "the limit of open files is {}, which leaves each listener {} of {} connections "
      "(limits.connections): raise LimitNOFILE (ulimit -Hn) to {}",
      descriptors, room, wanted,
      kOwn + listeners * wanted +
          static_cast<uint64_t>(clusters) * static_cast<uint64_t>(kube::WatchCache::kMostWatches));
  const auto most = static_cast<int>(std::max<uint64_t>(room, 1));
  config->mutable_limits()->set_connections(most);
  config->mutable_limits()->set_connections_per_caller(
      std::min(most, config->limits().connections_per_caller()));
}

int MostWatches(uint64_t descriptors, int clusters) {
  const auto many = static_cast<uint64_t>(std::max(1, clusters));
  return static_cast<int>(
      std::min<uint64_t>(kube::WatchCache::kMostWatches, descriptors / kPartOfWatches / many));
}

int MostWatches(int clusters) {
  const auto limit = RaiseDescriptorLimit();
  return MostWatches(limit.ok() ? *limit : 0, clusters);
}

}  // namespace wheelhouse::setup
