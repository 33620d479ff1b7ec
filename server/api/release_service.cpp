#include "server/api/release_service.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/api/release_messages.h"
#include "server/api/release_reader.h"
#include "server/api/run_response.h"
#include "server/helm/releases.h"
#include "server/plan/fields/field_checks.h"

namespace wheelhouse::api {
namespace {

constexpr int kPage = 500, kLargestPage = 5000;

v1::Release ReleaseOf(const helm::ReleaseRecord& newest) {
  v1::Release release;
  release.set_namespace_(newest.ns);
  release.set_name(newest.name);
  *release.mutable_newest() = RevisionOf(newest);
  release.set_locked(newest.Locked());
  return release;
}

// Where a page begins: after this release. Tokens are ours: NAMESPACE/NAME.
using Position = std::pair<std::string, std::string>;

absl::StatusOr<Position> PositionOf(const v1::ListReleasesRequest& request) {
  plan::FieldViolations wrong;
  if (!request.namespace_().empty())
    plan::CheckLabel(request.namespace_(), 63, "namespace", &wrong);
  if (request.page_size() < 0) wrong.push_back({"page_size", "must not be negative."});
  Position position;
  if (!request.page_token().empty()) {
    position = absl::StrSplit(request.page_token(), absl::MaxSplits('/', 1));
    const bool another = !request.namespace_().empty() && position.first != request.namespace_();
    if (position.second.empty() || another)
      wrong.push_back({"page_token", "is not one of a page of these releases."});
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  return position;
}

v1::ListReleasesResponse PageOf(const std::vector<helm::ReleaseRecord>& records,
                                const Position& after, int size) {
  v1::ListReleasesResponse page;
  Position last;
  for (const helm::ReleaseRecord& record : records) {
    const Position position{record.ns, record.name};
    if (position <= after || position == last) continue;  // the newest comes first
    if (page.releases_size() == size) {
      page.set_next_page_token(absl::StrCat(last.first, "/", last.second));
      break;
    }
    *page.add_releases() = ReleaseOf(record);
    last = position;
  }
  return page;
}

// A plan with the one chart, for either run.
template <typename Request>
v1::CreateRunRequest RunRequest(const Request& request, v1::Action action) {
  v1::CreateRunRequest run;
  run.set_cluster(request.cluster());
  run.set_request_id(request.request_id());
  v1::ChartInfo* chart = run.mutable_plan()->add_charts();
  chart->set_name(request.name());
  chart->set_namespace_(request.namespace_());
  chart->set_action(action);
  return run;
}

}  // namespace

ReleaseService::Unary* ReleaseService::ListReleases(Call* call, const Bytes* bytes,
                                                    Bytes* response) {
  const auto list = [this](const v1::ListReleasesRequest& request,
                           const Principal&) -> absl::StatusOr<v1::ListReleasesResponse> {
    ASSIGN_OR_RETURN(const Position after, PositionOf(request));
    ASSIGN_OR_RETURN(kube::Cluster* const cluster, clusters_.Find(request.cluster()));
    ASSIGN_OR_RETURN(const auto records,
                     helm::ListAllRecords(BoundedRead(), cluster->client(), request.namespace_()));
    const int size = request.page_size() == 0 ? kPage : std::min(request.page_size(), kLargestPage);
    v1::ListReleasesResponse page = PageOf(records, after, size);
    for (v1::Release& release : *page.mutable_releases()) {
      const auto seen =
          drift_.LastSeen(cluster->config().name, {release.namespace_(), release.name()},
                          release.newest().revision());
      if (seen.has_value()) *release.mutable_drift() = *seen;
    }
    return page;
  };
  return listener_.Unary<v1::ListReleasesRequest>(call, bytes, response, listener_.pools.reads,
                                                  list);
}

ReleaseService::Unary* ReleaseService::GetRelease(Call* call, const Bytes* bytes, Bytes* response) {
  const auto get = [this](const v1::GetReleaseRequest& request,
                          const Principal&) -> absl::StatusOr<v1::GetReleaseResponse> {
    ASSIGN_OR_RETURN(const ReleaseReader reader, ReleaseReader::Open(clusters_, request));
    ASSIGN_OR_RETURN(const helm::Release newest, reader.ReadRevision(0));
    v1::GetReleaseResponse found;
    *found.mutable_release() = ReleaseOf(newest.record);
    *found.mutable_release()->mutable_newest() = RevisionOf(newest);
    return found;
  };
  return listener_.Unary<v1::GetReleaseRequest>(call, bytes, response, listener_.pools.reads, get);
}

ReleaseService::Unary* ReleaseService::ListRevisions(Call* call, const Bytes* bytes,
                                                     Bytes* response) {
  const auto list = [this](const v1::ListRevisionsRequest& request,
                           const Principal&) -> absl::StatusOr<v1::ListRevisionsResponse> {
    ASSIGN_OR_RETURN(const ReleaseReader reader, ReleaseReader::Open(clusters_, request));
    v1::ListRevisionsResponse found;
    for (const helm::ReleaseRecord& record : reader.records()) {
      const auto release = reader.Read(record);
      // helm keeps only so many: the oldest may go while they are read.
      if (HasReason(release.status(), Reason::kObjectNotFound)) continue;
      RETURN_IF_ERROR(release.status());
      *found.add_revisions() = RevisionOf(*release);
    }
    return found;
  };
  return listener_.Unary<v1::ListRevisionsRequest>(call, bytes, response, listener_.pools.reads,
                                                   list);
}

ReleaseService::Unary* ReleaseService::RollbackRelease(Call* call, const Bytes* bytes,
                                                       Bytes* response) {
  const auto create = [this](const v1::RollbackReleaseRequest& request, const Principal& by) {
    v1::CreateRunRequest run = RunRequest(request, v1::ACTION_ROLLBACK);
    run.mutable_plan()->mutable_charts(0)->set_rollback_revision(request.revision());
    return With<v1::RollbackReleaseResponse>(engine_.Create(run, by));
  };
  return listener_.Unary<v1::RollbackReleaseRequest>(call, bytes, response, listener_.pools.calls,
                                                     create);
}

ReleaseService::Unary* ReleaseService::UnlockRelease(Call* call, const Bytes* bytes,
                                                     Bytes* response) {
  const auto create = [this](const v1::UnlockReleaseRequest& request, const Principal& by) {
    v1::CreateRunRequest run = RunRequest(request, v1::ACTION_UNLOCK);
    *run.mutable_plan()->mutable_charts(0)->mutable_allow() = request.allow();
    return With<v1::UnlockReleaseResponse>(engine_.Create(run, by));
  };
  return listener_.Unary<v1::UnlockReleaseRequest>(call, bytes, response, listener_.pools.calls,
                                                   create);
}

}  // namespace wheelhouse::api
