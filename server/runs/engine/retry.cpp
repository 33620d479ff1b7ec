// Doing a run again.
#include <utility>

#include "common/failure.h"
#include "common/run_picture.h"
#include "common/status_macros.h"
#include "server/runs/engine/engine.h"

namespace wheelhouse::runs {

absl::StatusOr<v1::Run> Engine::Retry(const v1::RetryRunRequest& request, const Principal& by) {
  // The name sets it apart from the digests of CreateRun's requests.
  const Asked asked{by.name, request.request_id(),
                    store_.Digest(absl::StrCat("RetryRun/", request.SerializeAsString()))};
  return Admit(asked, [&] { return Again(request.run_id()); });
}

absl::StatusOr<Engine::NewRun> Engine::Again(const std::string& run_id) {
  ASSIGN_OR_RETURN(const store::StoredRun stored, LoadRun(run_id));
  const store::RunRow& row = stored.row;
  if (!Ended(row.state)) {
    return MakeFailure(Reason::kRunNotEnded,
                       absl::StrCat("run ", run_id, " is ", ShortName(row.state)));
  }
  if (row.plan_erased) {
    const bool succeeded = row.state == v1::RUN_STATE_SUCCEEDED;
    return MakeFailure(Reason::kPlanErased,
                       absl::StrCat("run ", run_id,
                                    succeeded ? " succeeded, and its values were erased"
                                              : " ended a day ago or longer, and its values are "
                                                "erased"));
  }
  ASSIGN_OR_RETURN(std::optional<v1::Plan> plan, store_.LoadPlan(run_id));
  if (!plan.has_value() || !stored.contents.last.has_value()) {
    return MakeFailure(Reason::kPlanErased,
                       absl::StrCat("the key that run ", run_id, " was sealed with is gone"));
  }
  const v1::Run& picture = *stored.contents.last;
  NewRun again;
  ASSIGN_OR_RETURN(again.cluster, options_.cluster(row.cluster));
  again.preview = picture.preview();
  again.retry_of.emplace().set_run_id(run_id);
  again.retry_of->set_caller(picture.has_retry_of() ? picture.retry_of().caller() : row.caller);
  // What is asked for now must not make something newer go that waits.
  plan->clear_supersede();
  again.made.plan = *std::move(plan);
  for (const v1::ChartRun& chart : picture.charts())
    again.made.profile_digests.push_back(chart.profile_digest());
  return again;
}

}  // namespace wheelhouse::runs
