#include "server/lifecycle/objects/trial.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

// Over a slow link a chart of hundreds of objects takes seconds instead of a minute.
constexpr size_t kAtOnce = 8;

struct Trial {
  kube::ObjectId id;
  const ManifestObject* object;
  absl::StatusOr<kube::DryRunAnswer> answer = kube::DryRunAnswer();
};

void RunAll(const Context& context, const Chart& chart, std::vector<Trial>& trials) {
  InParallel(trials.size(), kAtOnce, [&](size_t i) {
    trials[i].answer = kube::TryApply(context, chart.kube(), trials[i].id, trials[i].object->text);
  });
}

}  // namespace

absl::StatusOr<std::vector<Tried>> TryObjects(const Context& context, const Chart& chart,
                                              const std::vector<const ManifestObject*>& objects) {
  std::vector<Trial> trials;
  for (const ManifestObject* object : objects) {
    if (object->hook || object->name.empty()) continue;
    auto id = chart.Identify(context, object->api_version, object->kind, object->ns, object->name);
    if (id.ok()) trials.push_back({*std::move(id), object});
  }
  RunAll(context, chart, trials);
  RETURN_IF_ERROR(context.Check());
  std::vector<Tried> tried;
  for (Trial& trial : trials) {
    RETURN_IF_ERROR(trial.answer.status());
    const kube::DryRun outcome = trial.answer->outcome;
    if (outcome == kube::DryRun::kAccepted || outcome == kube::DryRun::kUnknown) continue;
    tried.push_back({std::move(trial.id), trial.object, *std::move(trial.answer)});
  }
  return tried;
}

bool MayBeRecreated(const Chart& chart, const ManifestObject& object) {
  const auto& kinds = chart.info().recreate();
  return std::find(kinds.begin(), kinds.end(), object.kind) != kinds.end();
}

absl::Status DeleteToRecreate(const Context& context, const Chart& chart, Trail& trail,
                              const std::vector<ManifestObject>& objects) {
  for (const ManifestObject& object : objects) {
    ASSIGN_OR_RETURN(const kube::ObjectId id, chart.Identify(context, object.api_version,
                                                             object.kind, object.ns, object.name));
    chart.report.Log("wheelhoused", id.ToString() + " is deleted, to be made again");
    const absl::Status deleted = NoteChange(
        trail, id, kDeleted, chart.kube().Delete(context, id, {.propagation = "Foreground"}));
    if (!HasReason(deleted, Reason::kObjectNotFound)) RETURN_IF_ERROR(deleted);
  }
  return AwaitDeletions(context, chart, objects);
}

absl::Status MakeWay(const Context& context, const Chart& chart, Trail& trail,
                     const std::vector<ManifestObject>& manifest) {
  std::vector<const ManifestObject*> candidates;
  for (const ManifestObject& object : manifest) {
    if (MayBeRecreated(chart, object)) candidates.push_back(&object);
  }
  ASSIGN_OR_RETURN(const auto tried, TryObjects(context, chart, candidates));
  std::vector<ManifestObject> immutable;
  for (const Tried& one : tried) {
    if (one.answer.outcome == kube::DryRun::kImmutable) immutable.push_back(*one.object);
  }
  return DeleteToRecreate(context, chart, trail, immutable);
}

}  // namespace wheelhouse::lifecycle
