// The methods of ReleaseService that show what is in a release (server/inspection).
#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>
#include <absl/time/clock.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/log_stream.h"
#include "server/api/release_messages.h"
#include "server/api/release_reader.h"
#include "server/api/release_service.h"
#include "server/inspection/drift_page.h"
#include "server/inspection/pod_log.h"
#include "server/inspection/release_tree.h"
#include "server/inspection/revision_content.h"
#include "server/inspection/revision_diff.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::api {
namespace {

using inspection::PodLog;

constexpr int kTailLines = 100, kMostTailLines = 10000;

absl::Status CheckRevision(int revision, int least, const char* field) {
  if (revision >= least) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid,
                     {{field, absl::StrCat("expected a revision: ", least, " or more")}});
}

absl::Status CheckLogs(const v1::StreamReleaseLogsRequest& request) {
  RETURN_IF_ERROR(CheckReleaseName(request.namespace_(), request.name()));
  std::vector<FieldViolation> wrong;
  if (request.tail_lines() < 0) wrong.push_back({"tail_lines", "must not be negative."});
  if (ToDuration(request.since()) < absl::ZeroDuration())
    wrong.push_back({"since", "must not be negative."});
  if (request.follow() && request.previous())
    wrong.push_back({"previous", "must not be set together with follow."});
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

inspection::PodLogRules RulesOf(const v1::StreamReleaseLogsRequest& request) {
  inspection::PodLogRules rules{
      .follow = request.follow(), .previous = request.previous(), .container = request.container()};
  rules.tail_lines =
      request.tail_lines() == 0 ? kTailLines : std::min(request.tail_lines(), kMostTailLines);
  if (request.has_since()) rules.since = absl::Now() - ToDuration(request.since());
  return rules;
}

// The pods of what is installed at the time.
absl::StatusOr<PodLog::Pods> FindPods(const Context& context, kube::Cluster& cluster,
                                      const std::string& ns, const std::string& name) {
  ASSIGN_OR_RETURN(const ReleaseReader reader, ReleaseReader::Open(context, cluster, ns, name));
  ASSIGN_OR_RETURN(const helm::Release release, reader.ReadInstalled());
  ASSIGN_OR_RETURN(inspection::ReleaseMask mask, inspection::ReleaseMask::Of({&release}));
  ASSIGN_OR_RETURN(const auto objects, inspection::LookUp(context, cluster.client(), release));
  ASSIGN_OR_RETURN(
      const auto offspring,
      inspection::Offspring::In(context, cluster.client(), inspection::NamespacesOf(objects)));
  PodLog::Pods found{{}, std::move(mask)};
  for (const inspection::LiveObject& one : objects) {
    if (kube::Text(one.object, "/kind") == "Pod") found.pods.push_back(one.object);
    for (const kube::Json* pod : offspring.PodsOf(kube::Text(one.object, "/metadata/uid")))
      found.pods.push_back(*pod);
  }
  return found;
}

constexpr int kDriftPage = 20, kLargestDriftPage = 100, kMostNamed = 500;

// Of the releases that a request names, or of a namespace.
absl::Status CheckNames(const v1::CheckDriftRequest& request) {
  std::vector<FieldViolation> wrong;
  if (!request.namespace_().empty())
    plan::CheckLabel(request.namespace_(), 63, "namespace", &wrong);
  if (!request.namespace_().empty() && !request.releases().empty())
    wrong.push_back({"namespace", "must not be set together with releases."});
  if (request.releases_size() > kMostNamed)
    wrong.push_back({"releases", absl::StrCat("must be at most ", kMostNamed, ".")});
  if (request.page_size() < 0) wrong.push_back({"page_size", "must not be negative."});
  for (int i = 0; i < request.releases_size() && wrong.empty(); ++i) {
    const v1::ReleaseName& one = request.releases(i);
    CheckReleaseName(one.namespace_(), one.name(), absl::StrCat("releases[", i, "]."), &wrong);
  }
  if (wrong.empty()) return absl::OkStatus();
  return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
}

// Sorted, each once.
absl::StatusOr<std::vector<inspection::ReleaseKey>> ReleasesOf(
    const Context& context, kube::KubeClient& client, const v1::CheckDriftRequest& request) {
  if (request.releases().empty())
    return inspection::InstalledReleases(context, client, request.namespace_());
  std::set<inspection::ReleaseKey> named;
  for (const v1::ReleaseName& one : request.releases()) named.emplace(one.namespace_(), one.name());
  return std::vector<inspection::ReleaseKey>(named.begin(), named.end());
}

}  // namespace

ReleaseService::Unary* ReleaseService::CheckDrift(Call* call, const Bytes* bytes, Bytes* response) {
  const auto check = [this](const v1::CheckDriftRequest& request,
                            const Principal&) -> absl::StatusOr<v1::CheckDriftResponse> {
    RETURN_IF_ERROR(CheckNames(request));
    ASSIGN_OR_RETURN(kube::Cluster* const cluster, clusters_.Find(request.cluster()));
    const inspection::ReleaseKey after =
        absl::StrSplit(request.page_token(), absl::MaxSplits('/', 1));
    const int size =
        request.page_size() == 0 ? kDriftPage : std::min(request.page_size(), kLargestDriftPage);
    const Context context = BoundedRead();
    ASSIGN_OR_RETURN(const auto releases, ReleasesOf(context, cluster->client(), request));
    return inspection::DriftPage(context, cluster->client(), releases, after,
                                 static_cast<size_t>(size), SystemClock());
  };
  return listener_.Unary<v1::CheckDriftRequest>(call, bytes, response, listener_.pools.reads,
                                                check);
}

ReleaseService::Unary* ReleaseService::GetRevision(Call* call, const Bytes* bytes,
                                                   Bytes* response) {
  const auto get = [this](const v1::GetRevisionRequest& request,
                          const Principal&) -> absl::StatusOr<v1::GetRevisionResponse> {
    RETURN_IF_ERROR(CheckRevision(request.revision(), 0, "revision"));
    ASSIGN_OR_RETURN(const ReleaseReader reader, ReleaseReader::Open(clusters_, request));
    ASSIGN_OR_RETURN(const helm::Release release, reader.ReadRevision(request.revision()));
    const std::set<int> parts(request.parts().begin(), request.parts().end());
    ASSIGN_OR_RETURN(v1::GetRevisionResponse content, inspection::ContentOf(release, parts));
    *content.mutable_revision() = RevisionOf(release);
    return content;
  };
  return listener_.Unary<v1::GetRevisionRequest>(call, bytes, response, listener_.pools.reads, get);
}

ReleaseService::Unary* ReleaseService::DiffRevisions(Call* call, const Bytes* bytes,
                                                     Bytes* response) {
  const auto diff = [this](const v1::DiffRevisionsRequest& request,
                           const Principal&) -> absl::StatusOr<v1::DiffRevisionsResponse> {
    RETURN_IF_ERROR(CheckRevision(request.from_revision(), 1, "from_revision"));
    RETURN_IF_ERROR(CheckRevision(request.to_revision(), 0, "to_revision"));
    ASSIGN_OR_RETURN(const ReleaseReader reader, ReleaseReader::Open(clusters_, request));
    ASSIGN_OR_RETURN(const helm::Release from, reader.ReadRevision(request.from_revision()));
    ASSIGN_OR_RETURN(const helm::Release to, reader.ReadRevision(request.to_revision()));
    ASSIGN_OR_RETURN(v1::DiffRevisionsResponse found, inspection::DifferenceOf(from, to));
    *found.mutable_from() = RevisionOf(from);
    *found.mutable_to() = RevisionOf(to);
    return found;
  };
  return listener_.Unary<v1::DiffRevisionsRequest>(call, bytes, response, listener_.pools.reads,
                                                   diff);
}

ReleaseService::Unary* ReleaseService::GetReleaseTree(Call* call, const Bytes* bytes,
                                                      Bytes* response) {
  const auto get = [this](const v1::GetReleaseTreeRequest& request,
                          const Principal&) -> absl::StatusOr<v1::GetReleaseTreeResponse> {
    ASSIGN_OR_RETURN(const ReleaseReader reader, ReleaseReader::Open(clusters_, request));
    ASSIGN_OR_RETURN(const helm::Release release, reader.ReadInstalled());
    ASSIGN_OR_RETURN(v1::GetReleaseTreeResponse tree,
                     inspection::TreeOf(reader.context(), reader.client(), release));
    *tree.mutable_revision() = RevisionOf(release);
    return tree;
  };
  return listener_.Unary<v1::GetReleaseTreeRequest>(call, bytes, response, listener_.pools.reads,
                                                    get);
}

ReleaseService::Lines* ReleaseService::StreamReleaseLogs(Call* call, const Bytes* bytes) {
  auto open = [this, bytes](const Principal&) -> absl::StatusOr<std::unique_ptr<PodLog>> {
    v1::StreamReleaseLogsRequest request;
    RETURN_IF_ERROR(TakeRequest(bytes, kMostBytesOf<v1::StreamReleaseLogsRequest>, &request));
    RETURN_IF_ERROR(CheckLogs(request));
    ASSIGN_OR_RETURN(kube::Cluster* const cluster, clusters_.Find(request.cluster()));
    return std::make_unique<PodLog>(
        cluster->client(), RulesOf(request),
        [cluster, ns = request.namespace_(), name = request.name()](const Context& context) {
          return FindPods(context, *cluster, ns, name);
        });
  };
  return LogStream::Start(call, listener_.CallerOf(*call), std::move(open), bytes->Length(),
                          streams_, listener_.pools);
}

}  // namespace wheelhouse::api
