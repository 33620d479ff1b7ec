// What the methods of ReleaseService that read one release begin with: its records, on the cluster
// that the request names.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <utility>
#include <vector>

#include "common/context.h"
#include "server/helm/releases.h"
#include "server/kube/cluster.h"
#include "server/kube/clusters.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::api {

// Ends a read of a cluster after 30 s, with CLUSTER_UNREACHABLE.
Context BoundedRead();

// Adds what is wrong with a release's name, whose fields are `at`namespace and `at`name: both
// become part of a selector and of a path.
void CheckReleaseName(const std::string& ns, const std::string& name, const std::string& at,
                      plan::FieldViolations* wrong);
// The same of a request's own fields, as PLAN_INVALID.
absl::Status CheckReleaseName(const std::string& ns, const std::string& name);

// Used by one thread. Lives no longer than its cluster.
class ReleaseReader {
 public:
  // Finds the release that the request names, within BoundedRead, which also bounds what is read
  // after it. PLAN_INVALID, CLUSTER_UNKNOWN; OBJECT_NOT_FOUND when there is no record of it.
  template <typename Request>
  static absl::StatusOr<ReleaseReader> Open(const kube::Clusters& clusters,
                                            const Request& request) {
    absl::Status named = CheckReleaseName(request.namespace_(), request.name());
    if (!named.ok()) return named;
    const auto cluster = clusters.Find(request.cluster());
    if (!cluster.ok()) return cluster.status();
    return Open(BoundedRead(), **cluster, request.namespace_(), request.name());
  }
  static absl::StatusOr<ReleaseReader> Open(const Context& context, kube::Cluster& cluster,
                                            const std::string& ns, const std::string& name);

  const Context& context() const { return context_; }
  kube::KubeClient& client() const { return cluster_->client(); }
  // Newest first; at least one.
  const std::vector<helm::ReleaseRecord>& records() const { return records_; }

  // OBJECT_NOT_FOUND where helm has deleted the record meanwhile.
  absl::StatusOr<helm::Release> Read(const helm::ReleaseRecord& record) const;
  // 0: the newest. OBJECT_NOT_FOUND.
  absl::StatusOr<helm::Release> ReadRevision(int revision) const;
  // What is installed; the newest revision where nothing is.
  absl::StatusOr<helm::Release> ReadInstalled() const;

 private:
  ReleaseReader(Context context, kube::Cluster& cluster, std::vector<helm::ReleaseRecord> records)
      : context_(std::move(context)), cluster_(&cluster), records_(std::move(records)) {}

  Context context_;
  kube::Cluster* cluster_;
  std::vector<helm::ReleaseRecord> records_;
};

}  // namespace wheelhouse::api
