#include "server/api/server_service.h"

#include <absl/strings/str_cat.h>

#include <future>

#include "common/failure.h"
#include "server/api/to_grpc_status.h"

namespace wheelhouse::api {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

std::string Describe(const absl::Status& status) {
  const v1::Failure failure = FailureOf(status);
  return absl::StrCat(failure.reason(), ": ", failure.message());
}

v1::ClusterStatus Look(const StatusCluster& cluster, bool ask) {
  v1::ClusterStatus status;
  status.set_name(cluster.name);
  status.set_default_(cluster.is_default);
  if (!ask) return status;
  const Context context = Context::Background().WithTimeout(
      kPatience, MakeFailure(Reason::kClusterUnreachable,
                             absl::StrCat("cluster ", cluster.name, " did not answer in time")));
  const auto version = cluster.cluster->client().ServerVersion(context);
  status.set_reachable(version.ok());
  version.ok() ? status.set_version(*version) : status.set_error(Describe(version.status()));
  return status;
}

}  // namespace

grpc::Status ServerService::GetStatus(grpc::ServerContext* call,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) {
  const auto caller = listener_.Admit(*call, *request);
  if (!caller.ok()) return ToGrpcStatus(caller.status());
  response->set_version(WHEELHOUSE_VERSION);
  response->set_caller(caller->name);
  std::vector<std::future<v1::ClusterStatus>> looks;
  for (const StatusCluster& cluster : options_.clusters) {
    // Side by side, so that one cluster that does not answer costs its own patience only.
    looks.push_back(
        std::async(request->check_clusters() ? std::launch::async : std::launch::deferred, Look,
                   std::cref(cluster), request->check_clusters()));
  }
  const auto version = helm_.Version(Context::Background().WithTimeout(
      kPatience, MakeFailure(Reason::kHelmMissing, "helm version did not end in time")));
  response->mutable_helm()->set_path(options_.helm_path);
  version.ok() ? response->mutable_helm()->set_version(version->text)
               : response->mutable_helm()->set_error(Describe(version.status()));
  for (auto& look : looks) *response->add_clusters() = look.get();
  const runs::EngineCounts counts = engine_.Counts();
  response->set_running(counts.running);
  response->set_queued(counts.queued);
  response->set_draining(engine_.draining());
  response->mutable_start_time()->set_seconds(absl::ToUnixSeconds(options_.start_time));
  return grpc::Status::OK;
}

grpc::Status ServerService::ListProfiles(grpc::ServerContext* call,
                                         const v1::ListProfilesRequest* request,
                                         v1::ListProfilesResponse* response) {
  if (const auto caller = listener_.Admit(*call, *request); !caller.ok())
    return ToGrpcStatus(caller.status());
  for (const auto& [name, profile] : profiles_.by_name()) *response->add_profiles() = profile;
  return grpc::Status::OK;
}

}  // namespace wheelhouse::api
