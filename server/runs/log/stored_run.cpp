#include "server/runs/log/stored_run.h"

#include <absl/strings/str_cat.h>

#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "server/store/messages.h"

namespace wheelhouse::runs {
namespace {

constexpr int kBatch = 1000;

}  // namespace

absl::StatusOr<store::StoredRun> LoadRun(store::Store& store, const std::string& run_id) {
  ASSIGN_OR_RETURN(auto stored, store.Load(run_id));
  if (stored.has_value()) return *std::move(stored);
  return MakeFailure(Reason::kRunNotFound, absl::StrCat("there is no run ", run_id));
}

absl::StatusOr<FoldedRun> FoldEvents(store::Store& store, v1::Run first) {
  FoldedRun folded{std::move(first), {}, true};
  int64_t after = folded.picture.sequence();
  while (true) {
    ASSIGN_OR_RETURN(const auto events, store.Events(folded.picture.id(), after, kBatch));
    if (events.empty()) return folded;
    for (const store::Event& stored : events) {
      const auto event = store::Parse<v1::RunEvent>(stored.payload);
      folded.whole &= event.has_value() && stored.sequence == after + 1;
      after = stored.sequence;
      if (!event.has_value()) continue;
      ApplyEvent(*event, &folded.picture);
      folded.lines.Add(*event);
    }
  }
}

v1::Run ClearPart(const store::RunRow& row) {
  v1::Run run;
  run.set_id(row.id);
  run.set_plan_name(row.plan_name);
  run.set_cluster(row.cluster);
  run.set_caller(row.caller.name);
  run.set_state(row.state);
  run.set_sequence(row.sequence);
  *run.mutable_create_time() = ToProto(row.create_time);
  if (row.end_time != absl::InfinitePast()) *run.mutable_end_time() = ToProto(row.end_time);
  return run;
}

absl::StatusOr<v1::Run> StoredPicture(store::Store& store, const std::string& run_id) {
  ASSIGN_OR_RETURN(const store::StoredRun stored, LoadRun(store, run_id));
  v1::Run run = ClearPart(stored.row);
  if (auto last = store::Parse<v1::Run>(stored.last); last.has_value()) {
    run = *std::move(last);
  } else if (auto first = store::Parse<v1::Run>(stored.first); first.has_value()) {
    ASSIGN_OR_RETURN(FoldedRun folded, FoldEvents(store, *std::move(first)));
    run = std::move(folded.picture);
  }
  // Pictures that older daemons stored have it without its prefix.
  run.set_caller(stored.row.caller.name);
  return run;
}

}  // namespace wheelhouse::runs
