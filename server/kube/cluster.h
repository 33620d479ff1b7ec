// A cluster of the daemon's configuration: a kubeconfig context, or the in-cluster account.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "common/mutex.h"
#include "common/process.h"
#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

struct ClusterConfig {
  std::string name;        // as callers call it
  std::string kubeconfig;  // a path; empty: the in-cluster service account
  std::string context;     // empty: the kubeconfig's current-context
};

// What helm needs to reach the same cluster as the same user. Read anew for every helm call: tokens
// rotate.
struct HelmAccess {
  std::string kubeconfig;  // --kubeconfig; a path (helm refuses a pipe)
  std::string context;     // --kube-context
  std::string token;       // HELM_KUBETOKEN; empty: the kubeconfig serves
};

// One cluster and its client. Thread-safe.
class Cluster {
 public:
  virtual ~Cluster() = default;
  virtual const ClusterConfig& config() const = 0;
  virtual KubeClient& client() = 0;
  virtual absl::StatusOr<HelmAccess> AccessForHelm(const Context& context) = 0;

  // Held while a CRD is looked for and written: CRDs belong to no namespace that a run could hold.
  Mutex& crd_writes() { return crd_writes_; }

 private:
  Mutex crd_writes_;
};

// Reads the kubeconfig (client certificates, token, tokenFile, exec plugin, basic proxies,
// tls-server-name; embedded or as files), re-reading it when it changes on disk. Errors:
// CONFIG_INVALID naming file and field. Reaches nothing yet. `runner` runs exec plugins and must
// outlive the cluster. `state_directory` holds generated kubeconfigs (in-cluster), 0700.
absl::StatusOr<std::unique_ptr<Cluster>> OpenCluster(const ClusterConfig& config,
                                                     ProcessRunner& runner,
                                                     const std::string& state_directory);

}  // namespace wheelhouse::kube
