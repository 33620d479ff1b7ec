#include "server/lifecycle/release/healing.h"

#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <string>
#include <vector>

#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/objects/waiting.h"

namespace wheelhouse::lifecycle {
namespace {

using State = LiveObject::State;

// The document was read once before, by ReadManifests: it is a mapping.
bool Defines(const ManifestObject& crd, const ManifestObject& object) {
  const YAML::Node spec = YAML::Load(crd.text)["spec"];
  if (!spec.IsMap() || !spec["names"].IsMap()) return false;
  return spec["group"].as<std::string>("") == GroupOf(object.api_version) &&
         spec["names"]["kind"].as<std::string>("") == object.kind;
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
  add("; ", seen.unreadable, " may not be read, and is taken to exist",
      " may not be read, and are taken to exist");
}

}  // namespace

absl::Status LookForMissing(const Context& context, const Chart& chart, Found& found,
                            Decided& decided) {
  found.going.clear();
  if (decided.decision != v1::DECISION_UNCHANGED) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto objects, ReadManifestOf(context, chart, found.records[0]));
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
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
