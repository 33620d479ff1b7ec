#include "server/lifecycle/objects/waiting.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <yaml-cpp/yaml.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/objects/wait_log.h"

namespace wheelhouse::lifecycle {
namespace {

std::string NotesIn(const v1::Progress& progress) {
  std::string notes;
  for (const v1::ObjectProgress& one : progress.notes())
    absl::StrAppend(&notes, "; ", one.object(), " ", one.reason());
  return notes;
}

}  // namespace

std::string WaitingIn(const v1::Progress& progress) {
  return absl::StrJoin(progress.waiting(), "; ",
                       [](std::string* out, const v1::ObjectProgress& one) {
                         absl::StrAppend(out, one.object(), ": ", one.reason());
                       });
}

kube::RolloutOptions RolloutOptionsOf(const Chart& chart) {
  kube::RolloutOptions options;
  options.watches = &chart.asked.request.cluster->watches();
  options.early_failure = chart.info().early_failure();
  options.overrides = &chart.asked.readiness;
  options.rules.load_balancers = chart.info().wait_for_load_balancers();
  options.on_progress = [&chart](const v1::Progress& progress) { chart.report.Progress(progress); };
  return options;
}

absl::StatusOr<std::string> AwaitReady(const Context& context, const Chart& chart,
                                       const std::vector<kube::Awaited>& objects,
                                       kube::RolloutOptions options) {
  v1::Progress last;
  const Context within = chart.Waiting(context);
  WaitLog log(within, chart);
  options.on_sight = [&log](const kube::Sight& sight) { log.See(sight); };
  options.see_ready_pods = chart.info().logs() == v1::POD_LOGS_ALL;
  options.on_progress = [&last, report = options.on_progress](const v1::Progress& progress) {
    if (report) report(progress);
    last = progress;
  };
  absl::Status status =
      kube::AwaitRollout(within, chart.kube(), chart.services.clock, objects, options);
  if (status.ok()) return NotesIn(last);
  // The error of a failed pod names it; that of time running out does not name what is missing.
  if (last.waiting().empty() || within.Check().ok()) return status;
  return While("waiting for " + WaitingIn(last), status);
}

absl::StatusOr<std::optional<std::string>> ReadyAlready(const Context& context, const Chart& chart,
                                                        const std::vector<kube::Awaited>& objects) {
  // Expressions may read what the lists leave out; pods are in no list.
  const bool by_plan = chart.info().readiness_size() > 0;
  if (by_plan || chart.info().logs() == v1::POD_LOGS_ALL) return std::nullopt;
  const kube::ReadinessRules rules = RolloutOptionsOf(chart).rules;
  v1::Progress progress;
  for (const kube::Awaited& one : objects) {
    ASSIGN_OR_RETURN(const auto seen, chart.Glimpse(context, one.id));
    if (seen == nullptr) return std::nullopt;
    const kube::Readiness readiness = kube::ReadinessOf(*seen, rules);
    if (!readiness.ready()) return std::nullopt;
    if (readiness.note.empty()) continue;
    v1::ObjectProgress* note = progress.add_notes();
    note->set_object(one.id.ToString());
    note->set_reason(readiness.note);
  }
  progress.set_total(static_cast<int>(objects.size()));
  progress.set_ready(progress.total());
  chart.report.Progress(progress);
  return NotesIn(progress);
}

absl::Status AwaitReady(const Context& context, const Chart& chart,
                        std::vector<kube::ObjectId> objects) {
  return AwaitReady(context, chart, kube::AwaitedOf(std::move(objects)), RolloutOptionsOf(chart))
      .status();
}

bool CollectedWhenDone(const ManifestObject& object) {
  if (object.kind != "Job" || GroupOf(object.api_version) != "batch") return false;
  // Read once before, by ReadManifests: it is a mapping.
  const YAML::Node spec = YAML::Load(object.text)["spec"];
  return spec && spec.IsMap() && spec["ttlSecondsAfterFinished"] &&
         !spec["ttlSecondsAfterFinished"].IsNull();
}

std::vector<kube::Awaited> AwaitedIn(const Context& context, const Chart& chart,
                                     const std::vector<ManifestObject>& manifest) {
  std::vector<kube::Awaited> awaited;
  for (const ManifestObject& object : manifest) {
    // One with generateName is another one each time.
    if (object.hook || object.name.empty()) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) awaited.push_back({*std::move(id), CollectedWhenDone(object)});
  }
  return awaited;
}

absl::Status AwaitDeletions(const Context& context, const Chart& chart,
                            const std::vector<ManifestObject>& objects) {
  for (const ManifestObject& object : objects) {
    const auto id =
        chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    // Its CRD is gone, and so is the object.
    if (HasReason(id.status(), Reason::kKindUnknown)) continue;
    RETURN_IF_ERROR(id.status());
    while (true) {
      const auto live = chart.kube().Get(context, *id);
      if (HasReason(live.status(), Reason::kObjectNotFound)) break;
      RETURN_IF_ERROR(live.status());
      if (!kube::BeingDeleted(*live)) break;
      chart.report.Waiting(id->ToString(), "is being deleted");
      RETURN_IF_ERROR(While(absl::StrCat("waiting until ", id->ToString(), " is gone"),
                            context.Sleep(absl::Milliseconds(250))));
    }
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
