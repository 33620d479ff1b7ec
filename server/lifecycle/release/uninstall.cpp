#include "server/lifecycle/release/uninstall.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <string>
#include <vector>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/objects/helm_watch.h"
#include "server/lifecycle/objects/hooks.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/release/clear_record.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kLookFor = absl::Seconds(10);
constexpr size_t kMostNames = 5;

std::string FinalizersOf(const kube::Json& object) {
  std::vector<std::string> names;
  for (const kube::Json& name : object["metadata"].value("finalizers", kube::Json::array()))
    names.push_back(name.is_string() ? name.get<std::string>() : name.dump());
  return names.empty() ? "" : absl::StrCat(" (", absl::StrJoin(names, ", "), ")");
}

// The objects of the newest revision that are on their way out.
absl::StatusOr<std::vector<std::string>> Going(const Context& context, const Chart& chart) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  std::vector<std::string> going;
  if (records.empty()) return going;
  ASSIGN_OR_RETURN(const auto objects, ReadManifestOf(context, chart, records[0]));
  for (const ManifestObject& object : objects) {
    const auto id =
        chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (!id.ok()) continue;
    const auto live = chart.kube().Get(context, *id);
    if (live.ok() && kube::BeingDeleted(*live))
      going.push_back(absl::StrCat(id->ToString(), FinalizersOf(*live)));
    if (going.size() == kMostNames) break;
  }
  return going;
}

absl::Status WatchHooks(const Context& context, const Chart& chart,
                        const helm::ReleaseRecord& record, HelmWatch& watch) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  ASSIGN_OR_RETURN(const auto objects, AllObjectsIn(chart, release));
  watch.Begin(HooksToRun(context, chart, objects, HookEventsOf(v1::DECISION_DESTROY)));
  return absl::OkStatus();
}

bool IsGone(const LiveObject& one) {
  return one.state == LiveObject::State::kAbsent || one.state == LiveObject::State::kUnserved;
}

}  // namespace

absl::StatusOr<std::string> LeftByUninstall(const Context& context, const Chart& chart,
                                            const helm::ReleaseRecord& before,
                                            const std::vector<ManifestObject>& objects) {
  ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, objects));
  std::vector<std::string> gone, going;
  for (const LiveObject& one : all) {
    if (IsGone(one)) gone.push_back(one.ToString(chart));
    if (one.present() && kube::BeingDeleted(one.live)) going.push_back(one.ToString(chart));
  }
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const helm::ReleaseRecord* record = helm::FindRecord(records, before.revision);
  if (record == nullptr) return std::string("uninstalled");
  if (gone.empty() && going.empty()) {
    return record->status == before.status
               ? std::string()
               : absl::StrCat("marked as ", record->status, "; all its objects are still there");
  }
  std::string text = "uninstalled in part";
  if (!gone.empty()) absl::StrAppend(&text, "; gone: ", NamesOf(gone));
  if (!going.empty()) absl::StrAppend(&text, "; being deleted: ", NamesOf(going));
  return text;
}

absl::Status Uninstall(const Context& context, const Chart& chart, History history) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  const Context scope = context.WithCancel();
  HelmWatch watch(scope, chart);
  if (!records.empty() && records[0].status != helm::kUninstalled) {
    RETURN_IF_ERROR(ClearRecord(context, chart, records[0], {}));
    if (!chart.info().no_hooks()) RETURN_IF_ERROR(WatchHooks(context, chart, records[0], watch));
  }
  absl::Status ended = chart.services.helm.Uninstall(
      scope,
      {chart.target(), context.Remaining(), history == History::kKeep, chart.info().no_hooks()},
      [&chart](absl::string_view line) { chart.report.Log("helm", line); });
  if (ended.ok() || chart.bounds.Stops(ended)) return ended;
  ended = watch.Explain(ended);
  const auto going =
      Going(chart.bounds.failure.WithTimeout(kLookFor, absl::DeadlineExceededError("")), chart);
  // If they cannot be read, helm's own failure is all there is to report.
  if (!going.ok() || going->empty()) return ended;
  v1::Failure failure = FailureOf(ended);
  failure.set_message(
      absl::StrCat(failure.message(), "; still being deleted: ", absl::StrJoin(*going, "; ")));
  return StatusFrom(failure);
}

}  // namespace wheelhouse::lifecycle
