#include "server/runs/engine/new_run.h"

#include <set>
#include <utility>

#include "common/run_picture.h"
#include "common/time.h"
#include "server/plan/contents.h"

namespace wheelhouse::runs {
namespace {

v1::ChartRun FirstPicture(const v1::ChartInfo& info, const std::string& profile_digest) {
  v1::ChartRun chart;
  if (!profile_digest.empty()) chart.set_profile(info.profile());
  chart.set_profile_digest(profile_digest);
  chart.set_name(info.name());
  chart.set_namespace_(info.namespace_());
  chart.set_action(info.action());
  chart.set_state(v1::STATE_PENDING);
  return chart;
}

}  // namespace

store::RunRow RowOf(const RunAsked& asked, const NewRun& wanted, std::string id, absl::Time now) {
  const v1::Plan& plan = wanted.made.plan;
  store::RunRow row;
  row.id = std::move(id);
  row.request_id = asked.request_id;
  row.request_digest = asked.digest;
  row.caller = asked.by;
  row.plan_name = plan.name();
  if (row.plan_name.empty() && plan.charts_size() == 1) row.plan_name = plan.charts(0).name();
  row.cluster = wanted.cluster->config().name;
  row.create_time = now;
  // What a run that is retried applied may have been discarded since.
  if (wanted.applies.has_value() && !wanted.retry_of.has_value())
    row.saved_plan = wanted.applies->plan_id();
  std::set<std::string> namespaces;
  for (const v1::ChartInfo& chart : plan.charts()) {
    namespaces.merge(plan::NamespacesOf(chart));
    row.releases.push_back(chart.name());
    row.releases.push_back(ChartKey(chart));
  }
  row.namespaces.assign(namespaces.begin(), namespaces.end());
  return row;
}

v1::Run FirstPicture(const NewRun& wanted, const store::RunRow& row) {
  const v1::Plan& plan = wanted.made.plan;
  v1::Run run;
  run.set_id(row.id);
  run.set_plan_name(row.plan_name);
  run.set_cluster(row.cluster);
  run.set_caller(row.caller.name);
  run.set_preview(wanted.preview);
  run.set_state(v1::RUN_STATE_QUEUED);
  *run.mutable_create_time() = ToProto(row.create_time);
  for (int i = 0; i < plan.charts_size(); ++i) {
    *run.add_charts() =
        FirstPicture(plan.charts(i), wanted.made.profile_digests[static_cast<size_t>(i)]);
  }
  *run.mutable_plan() = plan::WithoutContents(plan);
  if (wanted.retry_of.has_value()) *run.mutable_retry_of() = *wanted.retry_of;
  if (wanted.saves.has_value()) *run.mutable_saves() = *wanted.saves;
  if (wanted.applies.has_value()) *run.mutable_applies() = *wanted.applies;
  run.mutable_left_behind()->Assign(wanted.left_behind.releases.begin(),
                                    wanted.left_behind.releases.end());
  run.set_left_behind_note(wanted.left_behind.note);
  if (!plan.exclusive() && !wanted.preview)
    run.mutable_keys()->Assign(row.namespaces.begin(), row.namespaces.end());
  return run;
}

}  // namespace wheelhouse::runs
