// Reading runs: one, many, as they go on.
#include <absl/strings/match.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/engine.h"
#include "server/runs/engine/list_filter.h"

namespace wheelhouse::runs {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 500;

// What is left of a run whose seal cannot be opened.
v1::Run ClearPart(const store::RunRow& row) {
  v1::Run run;
  run.set_id(row.id);
  run.set_plan_name(row.plan_name);
  run.set_cluster(row.cluster);
  run.set_caller(row.caller);
  run.set_state(row.state);
  run.set_sequence(row.sequence);
  run.mutable_create_time()->set_seconds(absl::ToUnixSeconds(row.create_time));
  if (row.end_time != absl::InfinitePast()) {
    run.mutable_end_time()->set_seconds(absl::ToUnixSeconds(row.end_time));
  }
  return run;
}

}  // namespace

std::shared_ptr<RunLog> Engine::FindLog(const std::string& run_id, v1::QueuePlace* place) {
  MutexLock lock(&mutex_);
  const auto found = active_.find(run_id);
  if (found == active_.end()) return nullptr;
  if (place != nullptr) *place = found->second->place;
  return found->second->log;
}

absl::StatusOr<store::StoredRun> Engine::LoadRun(const std::string& run_id) {
  ASSIGN_OR_RETURN(auto stored, store_.Load(run_id));
  if (stored.has_value()) return *std::move(stored);
  return MakeFailure(Reason::kRunNotFound, absl::StrCat("there is no run ", run_id));
}

absl::StatusOr<v1::Run> Engine::StoredPicture(const std::string& run_id) {
  ASSIGN_OR_RETURN(const store::StoredRun stored, LoadRun(run_id));
  if (stored.contents.last.has_value()) return *stored.contents.last;
  if (stored.contents.first.has_value()) return Fold(stored);
  return ClearPart(stored.row);
}

absl::StatusOr<v1::Run> Engine::Picture(const std::string& run_id) {
  v1::QueuePlace place;
  const auto log = FindLog(run_id, &place);
  if (log == nullptr) return StoredPicture(run_id);
  v1::Run run = log->Picture();
  // Not every step forward was told.
  if (run.has_queue() && place.position() > 0) *run.mutable_queue() = std::move(place);
  return run;
}

absl::StatusOr<v1::Run> Engine::Get(const std::string& run_id, const Principal&) {
  return Picture(run_id);
}

absl::StatusOr<v1::ListRunsResponse> Engine::List(const v1::ListRunsRequest& request,
                                                  const Principal&) {
  store::Query query;
  ASSIGN_OR_RETURN(query.conditions, ParseFilter(request.filter()));
  if (request.page_size() < 0) {
    return MakeInvalid(Reason::kPlanInvalid, {{"page_size", "expected 0 or more"}});
  }
  const int page =
      request.page_size() > 0 ? std::min(request.page_size(), kLargestPage) : kDefaultPage;
  query.limit = page;
  const std::string mark = store_.Digest(request.filter()).substr(0, 8);
  if (!request.page_token().empty()) {
    if (!absl::EndsWith(request.page_token(), absl::StrCat(".", mark))) {
      return MakeInvalid(Reason::kPlanInvalid,
                         {{"page_token", "not given by a page with this filter"}});
    }
    query.before_id = request.page_token().substr(0, request.page_token().size() - mark.size() - 1);
  }
  ASSIGN_OR_RETURN(const store::Page found, store_.List(query));
  v1::ListRunsResponse response;
  if (!found.next.empty()) response.set_next_page_token(absl::StrCat(found.next, ".", mark));
  for (const store::RunRow& row : found.rows) {
    absl::StatusOr<v1::Run> run = Picture(row.id);
    if (HasReason(run.status(), Reason::kRunNotFound)) continue;  // pruned in between
    RETURN_IF_ERROR(run.status());
    for (v1::ChartRun& chart : *run->mutable_charts()) chart.clear_stages();
    *response.add_runs() = *std::move(run);
  }
  return response;
}

absl::Status Engine::Watch(const Context& context, const std::string& run_id,
                           int64_t after_sequence, const Principal&,
                           const std::function<bool(const v1::RunEvent&)>& send) {
  std::shared_ptr<RunLog> log = FindLog(run_id);
  if (log == nullptr) {
    ASSIGN_OR_RETURN(v1::Run picture, StoredPicture(run_id));
    log = std::make_shared<RunLog>(store_, clock_, std::move(picture));
    // Interrupted, and not yet taken up again.
    if (!Ended(log->Picture().state())) {
      log->Close(MakeFailure(Reason::kShuttingDown, "the daemon does not go on with this run"));
    }
  }
  return log->Watch(context, after_sequence, options_.watch, send);
}

}  // namespace wheelhouse::runs
