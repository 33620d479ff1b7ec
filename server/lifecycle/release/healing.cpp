#include "server/lifecycle/release/healing.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/drift.h"
#include "server/lifecycle/objects/known_releases.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

using State = LiveObject::State;

bool Defines(const ManifestObject& crd, const ManifestObject& object) {
  const DefinedKind defined = KindDefinedBy(crd);
  return defined.group == GroupOf(object.api_version) && defined.kind == object.kind;
}

// Whether the chart's CRDs, which are put in place before helm is asked, bring the kind.
absl::StatusOr<bool> Brings(const Chart& chart, const Found& found, const ManifestObject& object) {
  if (chart.info().crd_policy() == v1::CRD_POLICY_SKIP) return false;
  ASSIGN_OR_RETURN(const ChartCrds chart_crds, CrdsOf(chart.asked, found));
  return std::ranges::any_of(chart_crds.crds,
                             [&](const ManifestObject& crd) { return Defines(crd, object); });
}

// What was seen, by names.
struct Seen {
  std::vector<std::string> missing, going, unserved, unreadable;
};

void Tell(const Seen& seen, Decided& decided) {
  const auto add = [&decided](const char* before, const std::vector<std::string>& names,
                              const char* one, const char* several) {
    if (names.empty()) return;
    absl::StrAppend(&decided.reason, before, NamesOf(names), names.size() == 1 ? one : several);
  };
  add(", but ", seen.missing, " is missing", " are missing");
  add(seen.missing.empty() ? ", but " : "; ", seen.going, " is being deleted",
      " are being deleted");
  add("; ", seen.unserved, " is of a kind that the cluster does not serve",
      " are of kinds that the cluster does not serve");
  add("; ", seen.unreadable, " cannot be read (no permission), and is assumed to exist",
      " cannot be read (no permission), and are assumed to exist");
}

constexpr size_t kFieldsNamed = 3;

// `Deployment demo/web .spec.replicas`: values are not shown, only where they are.
std::string Told(const Drifted& drifted) {
  std::vector<std::string> paths;
  for (const kube::Difference& field : drifted.fields) paths.push_back(field.path);
  const bool more = paths.size() > kFieldsNamed;
  if (more) paths.resize(kFieldsNamed);
  return absl::StrCat(drifted.id.ToString(), " ", absl::StrJoin(paths, ", "),
                      more ? " and more" : "");
}

void TellOfDrift(const Drift& drift, const Chart& chart, Decided& decided) {
  const auto add = [&](const char* before, const std::vector<std::string>& names) {
    if (!names.empty()) absl::StrAppend(&decided.reason, before, chart.report.Mask(NamesOf(names)));
  };
  std::vector<std::string> heals, stays;
  for (const Drifted& one : drift.objects) (one.heals ? heals : stays).push_back(Told(one));
  add("; changed in the cluster since: ", heals);
  add("; changed in the cluster since, which helm does not put back: ", stays);
  add("; the API server does not say whether it was changed: ", drift.unknown);
}

// What the newest record holds, hooks left out; `server_side` is set only where drift is looked
// for.
absl::StatusOr<std::vector<ManifestObject>> ObjectsOfNewest(const Context& context,
                                                            const Chart& chart, const Found& found,
                                                            bool* server_side) {
  const helm::ReleaseRecord& newest = found.records[0];
  const std::string& cluster = chart.asked.request.cluster->config().name;
  KnownReleases* known = chart.services.known_releases;
  const bool texts = chart.info().reapply() == v1::REAPPLY_IF_DRIFTED;
  if (known != nullptr && !texts) {
    if (const auto objects = known->Find(cluster, newest)) return *objects;
  }
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), newest));
  *server_side = release.server_side;
  ASSIGN_OR_RETURN(auto objects, ObjectsIn(chart, release));
  // Not as `newest`: it may have been written since it was listed.
  if (known != nullptr) known->Keep(cluster, release.record, objects);
  return objects;
}

}  // namespace

absl::Status LookForMissing(const Context& context, const Chart& chart, Found& found,
                            Decided& decided) {
  found.going.clear();
  if (decided.decision != v1::DECISION_UNCHANGED) return absl::OkStatus();
  bool server_side = false;
  ASSIGN_OR_RETURN(const auto objects, ObjectsOfNewest(context, chart, found, &server_side));
  ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, objects));
  Seen seen;
  found.standing.clear();
  for (const LiveObject& one : all) {
    const std::string name = one.ToString(chart);
    bool missing = one.state == State::kAbsent && !CollectedWhenDone(*one.object);
    if (one.state == State::kUnserved) {
      ASSIGN_OR_RETURN(missing, Brings(chart, found, *one.object));
      if (!missing) seen.unserved.push_back(name);
    }
    if (one.state == State::kUnreadable) seen.unreadable.push_back(name);
    if (missing) seen.missing.push_back(name);
    if (one.present() && kube::BeingDeleted(one.live)) {
      seen.going.push_back(name);
      found.going.push_back(*one.object);
    }
    if (one.present() || one.state == State::kUnreadable) found.standing.push_back(*one.object);
  }
  Tell(seen, decided);
  if (!seen.missing.empty() || !seen.going.empty()) decided.decision = v1::DECISION_UPGRADE;
  if (chart.info().reapply() != v1::REAPPLY_IF_DRIFTED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Drift drift,
                   FindDrift(context, chart, found.standing, server_side, kFieldsNamed + 1));
  TellOfDrift(drift, chart, decided);
  if (std::ranges::any_of(drift.objects, &Drifted::heals)) decided.decision = v1::DECISION_UPGRADE;
  // What the API server does not tell of may have been changed.
  if (drift.objects.empty() && drift.unknown.empty())
    decided.unchanged_by = v1::UNCHANGED_TIER_LIVE;
  return absl::OkStatus();
}

absl::StatusOr<bool> TakesFieldsOver(const Context& context, const Chart& chart) {
  if (chart.info().reapply() != v1::REAPPLY_IF_DRIFTED) return false;
  ASSIGN_OR_RETURN(const auto installed, ReadInstalled(context, chart));
  return installed.has_value() && installed->server_side;
}

}  // namespace wheelhouse::lifecycle
