#include "server/api/server_service.h"

#include <absl/strings/str_cat.h>

#include <future>

#include "common/failure.h"
#include "common/time.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

std::string Describe(const absl::Status& status) {
  const v1::Failure failure = FailureOf(status);
  return absl::StrCat(failure.reason(), ": ", failure.message());
}

v1::ClusterStatus Look(kube::Cluster& cluster, bool ask) {
  v1::ClusterStatus status;
  status.set_name(cluster.config().name);
  status.set_default_(cluster.config().is_default);
  if (!ask) return status;
  const Context context = Context::Background().WithTimeout(
      kPatience,
      MakeFailure(Reason::kClusterUnreachable,
                  absl::StrCat("cluster ", cluster.config().name, " did not answer in time")));
  const auto version = cluster.client().ServerVersion(context);
  status.set_reachable(version.ok());
  version.ok() ? status.set_version(*version) : status.set_error(Describe(version.status()));
  return status;
}

}  // namespace

v1::GetStatusResponse ServerService::Status(const Principal& by, bool check_clusters) {
  v1::GetStatusResponse status;
  status.set_version(WHEELHOUSE_VERSION);
  status.set_caller(by.name);
  std::vector<std::future<v1::ClusterStatus>> looks;
  for (const auto& cluster : clusters_.all()) {
    // Side by side, so that one cluster that does not answer costs its own patience only.
    looks.push_back(std::async(check_clusters ? std::launch::async : std::launch::deferred, Look,
                               std::ref(*cluster), check_clusters));
  }
  const auto version = helm_.Version(Context::Background().WithTimeout(
      kPatience, MakeFailure(Reason::kHelmMissing, "helm version did not end in time")));
  status.mutable_helm()->set_path(options_.helm_path);
  version.ok() ? status.mutable_helm()->set_version(version->text)
               : status.mutable_helm()->set_error(Describe(version.status()));
  for (auto& look : looks) *status.add_clusters() = look.get();
  const runs::EngineCounts counts = engine_.Counts();
  status.set_running(counts.running);
  status.set_queued(counts.queued);
  status.set_draining(engine_.draining());
  *status.mutable_start_time() = ToProto(options_.start_time);
  return status;
}

ServerService::Unary* ServerService::GetStatus(Call* call, const Bytes* bytes, Bytes* response) {
  const auto status = [this](const v1::GetStatusRequest& request,
                             const Principal& by) -> absl::StatusOr<v1::GetStatusResponse> {
    return Status(by, request.check_clusters());
  };
  // Asks helm for its version, and maybe clusters.
  return listener_.Unary<v1::GetStatusRequest>(call, bytes, response, listener_.pools.reads,
                                               status);
}

ServerService::Unary* ServerService::ListProfiles(Call* call, const Bytes* bytes, Bytes* response) {
  const auto list = [this](const v1::ListProfilesRequest&,
                           const Principal&) -> absl::StatusOr<v1::ListProfilesResponse> {
    v1::ListProfilesResponse all;
    for (const auto& [name, profile] : profiles_.by_name()) *all.add_profiles() = profile;
    return all;
  };
  return listener_.Unary<v1::ListProfilesRequest>(call, bytes, response, listener_.pools.calls,
                                                  list);
}

}  // namespace wheelhouse::api
