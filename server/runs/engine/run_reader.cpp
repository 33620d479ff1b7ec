#include "server/runs/engine/run_reader.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/list_filter.h"
#include "server/runs/log/stored_run.h"

namespace wheelhouse::runs {
namespace {

constexpr int kDefaultPage = 50;
constexpr int kLargestPage = 500;
// Clients that set no bound of their own take messages of 4 MiB.
constexpr size_t kLargestPageBytes = 3 << 20;

absl::Status WrongField(const char* field, const char* what) {
  return MakeInvalid(Reason::kPlanInvalid, {{field, what}});
}

void Shorten(v1::Failure* failure) {
  failure->clear_evidence();
  failure->clear_helm_output();
  for (v1::Failure& later : *failure->mutable_secondary()) Shorten(&later);
}

// To what a list shows. The evidence of one run with many charts would fill more than a page.
void Shorten(v1::Run* run) {
  if (run->has_failure()) Shorten(run->mutable_failure());
  for (v1::ChartRun& chart : *run->mutable_charts()) {
    chart.clear_stages();
    chart.clear_changes();
    if (chart.has_failure()) Shorten(chart.mutable_failure());
  }
}

}  // namespace

absl::StatusOr<v1::Run> RunReader::Picture(const std::string& run_id) {
  const RunPtr active = table_.Find(run_id);
  if (active == nullptr) return StoredPicture(store_, run_id);
  v1::Run run = active->log->Picture();
  // Not every step forward in the queue was reported.
  if (v1::QueuePlace position = table_.PositionOf(active);
      run.has_queue() && position.position() > 0)
    *run.mutable_queue() = std::move(position);
  return run;
}

// A token is of its filter only: it ends with a mark of it.
absl::StatusOr<v1::ListRunsResponse> RunReader::List(const v1::ListRunsRequest& request) {
  store::Query query;
  ASSIGN_OR_RETURN(query.conditions, ParseFilter(request.filter()));
  if (request.page_size() < 0) return WrongField("page_size", "expected 0 or more");
  query.limit =
      request.page_size() > 0 ? std::min(request.page_size(), kLargestPage) : kDefaultPage;
  const std::string mark = absl::StrCat(".", store_.Digest(request.filter()).substr(0, 8));
  const std::string& token = request.page_token();
  if (!token.empty()) {
    if (!absl::EndsWith(token, mark))
      return WrongField("page_token", "not given by a page with this filter");
    query.before_id = token.substr(0, token.size() - mark.size());
  }
  ASSIGN_OR_RETURN(const store::Page found, store_.List(query));
  v1::ListRunsResponse response;
  if (!found.next.empty()) response.set_next_page_token(absl::StrCat(found.next, mark));
  size_t bytes = 0;
  for (const store::RunRow& row : found.rows) {
    absl::StatusOr<v1::Run> run = Picture(row.id);
    if (HasReason(run.status(), Reason::kRunNotFound)) continue;  // pruned in between
    RETURN_IF_ERROR(run.status());
    Shorten(&*run);
    bytes += run->ByteSizeLong();
    if (bytes > kLargestPageBytes && response.runs_size() > 0) {
      const std::string& last = response.runs(response.runs_size() - 1).id();
      response.set_next_page_token(absl::StrCat(last, mark));
      break;
    }
    *response.add_runs() = *std::move(run);
  }
  return response;
}

absl::StatusOr<std::unique_ptr<RunWatch>> RunReader::Watch(const std::string& run_id,
                                                           int64_t after_sequence,
                                                           std::function<void()> wake) {
  if (const RunPtr active = table_.Find(run_id); active != nullptr) {
    return active->log->Watch(after_sequence, watch_, std::move(wake));
  }
  v1::RunEvent event = Unsequenced(clock_, run_id);
  ASSIGN_OR_RETURN(*event.mutable_snapshot(), StoredPicture(store_, run_id));
  const int64_t newest = event.snapshot().sequence();
  auto feed = std::make_shared<RunFeed>(newest);
  if (Ended(event.snapshot().state())) {
    feed->End();
  } else {
    // Interrupted, and not yet taken up again.
    feed->Close(MakeFailure(Reason::kShuttingDown, "this daemon does not continue the run"));
  }
  return std::make_unique<FeedWatch>(store_, clock_, run_id, std::move(feed),
                                     WatchStart{Encode(event), newest, after_sequence}, watch_,
                                     std::move(wake));
}

}  // namespace wheelhouse::runs
