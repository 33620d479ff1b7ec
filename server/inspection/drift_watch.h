// Looks at all releases of all clusters, again and again, and remembers what it has seen. It only
// reads, takes no claims, and heals nothing.
#pragma once

#include <absl/base/thread_annotations.h>
#include <absl/time/time.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/context.h"
#include "common/mutex.h"
#include "server/inspection/release_drift.h"
#include "server/kube/kube_client.h"
#include "wheelhouse/v1/release_service.pb.h"

namespace wheelhouse::inspection {

// Is told what a DriftWatch sees, on its thread, which waits meanwhile. The daemon's log is one.
class DriftObserver {
 public:
  virtual ~DriftObserver() = default;
  // One release. `before`: what was seen of it the time before; nullptr: nothing, or of another
  // revision.
  virtual void OnRelease(const std::string& cluster, const v1::ReleaseDrift& drift,
                         const v1::DriftCheck* before) = 0;
  // All releases of a cluster: how many there are, and how many of them have drifted. Or why they
  // could not be looked at, or not all of them.
  virtual void OnCluster(const std::string& cluster, int releases, int drifted,
                         const absl::Status& failed) = 0;
};

// Thread-safe. Releases are looked at one after the other, so that it takes little of the API
// server.
class DriftWatch {
 public:
  struct Cluster {
    std::string name;
    kube::KubeClient& client;
  };
  struct Options {
    absl::Duration every;  // from the beginning of one round to that of the next; 0: never
    DriftObserver* observer = nullptr;
  };

  // What is lent must outlive it. The first round begins when `every` has passed.
  DriftWatch(std::vector<Cluster> clusters, const Options& options, const Clock& clock);
  ~DriftWatch();  // as Stop
  DriftWatch(const DriftWatch&) = delete;
  DriftWatch& operator=(const DriftWatch&) = delete;

  // Looks at everything now; by another thread than its own, only where that does not run.
  void Round() ABSL_LOCKS_EXCLUDED(mutex_);

  // What was last seen of a release; nullopt: nothing, or of another revision.
  std::optional<v1::DriftCheck> LastSeen(const std::string& cluster, const ReleaseKey& release,
                                         int revision) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends what it is doing, and returns when its thread has stopped. May be called again.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Seen {
    int revision = 0;
    v1::DriftCheck check;
  };
  using Releases = std::map<ReleaseKey, Seen>;

  void Loop() ABSL_LOCKS_EXCLUDED(mutex_);
  void LookAt(const Cluster& cluster) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::vector<Cluster> clusters_;
  const Options options_;
  const Clock& clock_;
  const Context stop_ = Context::Background().WithCancel();
  Mutex mutex_;
  std::map<std::string, Releases> seen_ ABSL_GUARDED_BY(mutex_);  // by cluster
  std::thread thread_;
};

}  // namespace wheelhouse::inspection
