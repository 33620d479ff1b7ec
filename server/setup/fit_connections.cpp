#include "server/setup/fit_connections.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "common/failure.h"
#include "common/process/descriptors.h"

namespace wheelhouse::setup {
namespace {

// A connection takes one descriptor. Where there are too few of them, listeners have fewer
// connections, so that enough is left for the rest of the daemon.
constexpr uint64_t kOwn = 1000;  // store, clusters, helm, probes, uploads

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
  const uint64_t room = descriptors > kOwn ? (descriptors - kOwn) / listeners : 1;
  if (room >= wanted) return;
  spdlog::warn(
      "the limit of open files is {}, which leaves each listener {} of {} connections "
      "(limits.connections): raise LimitNOFILE (ulimit -Hn) to {}",
      descriptors, room, wanted, kOwn + listeners * wanted);
  const auto most = static_cast<int>(std::max<uint64_t>(room, 1));
  config->mutable_limits()->set_connections(most);
  config->mutable_limits()->set_connections_per_caller(
      std::min(most, config->limits().connections_per_caller()));
}

}  // namespace wheelhouse::setup
