// A cluster of the daemon's configuration: a kubeconfig context, or the in-cluster account.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <vector>

#include "common/cancellable_mutex.h"
#include "server/kube/kube_client.h"
#include "server/kube/watch_cache.h"

namespace wheelhouse::kube {

struct ClusterConfig {
  std::string name;        // the name that callers use
  std::string kubeconfig;  // a path; empty: the in-cluster service account
  std::string context;     // empty: the kubeconfig's current-context
  // Where Kubernetes mounts the service account into pods.
  std::string service_account = "/var/run/secrets/kubernetes.io/serviceaccount";
  bool is_default = false;  // the one that is meant where callers name none
  // helm reaches it through the daemon, which reads ahead (proxy/api_proxy.h).
  bool slow_link = false;
  // Names of the daemon's environment variables that exec plugins get besides PATH and HOME.
  std::vector<std::string> plugin_env;
};

// What helm needs to reach the same cluster as the same user. Read again for every helm call, since
// tokens rotate. The operator's kubeconfig goes to helm unchanged: helm runs its plugin and reads
// its token file itself. Over a slow link the kubeconfig leads to the daemon, and the token is for
// this one helm.
struct HelmAccess {
  std::string kubeconfig;                      // --kubeconfig; a path (helm refuses a pipe)
  std::string context;                         // --kube-context
  std::string token;                           // HELM_KUBETOKEN; empty: the kubeconfig is enough
  std::shared_ptr<const void> held = nullptr;  // kept until helm has ended
};

// What a helm does with its access.
enum class HelmUse { kReads, kWrites };

// One cluster and its client. Thread-safe.
class Cluster {
 public:
  virtual ~Cluster() = default;
  virtual const ClusterConfig& config() const = 0;
  virtual KubeClient& client() = 0;
  virtual absl::StatusOr<HelmAccess> AccessForHelm(const Context& context, HelmUse use) = 0;

  // For whoever waits for objects of the cluster.
  virtual WatchCache& watches() = 0;

  // Held while CRDs are read and written: they are in no namespace that a run could hold, and
  // charts in different namespaces may bring the same ones.
  virtual CancellableMutex& crd_writes() { return crd_writes_; }

 private:
  CancellableMutex crd_writes_;
};

}  // namespace wheelhouse::kube
