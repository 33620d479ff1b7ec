#include "server/lifecycle/release/decision.h"

#include <absl/strings/str_cat.h>

#include <limits>

#include "common/failure.h"
#include "common/formats/semver.h"

namespace wheelhouse::lifecycle {

absl::StatusOr<bool> IsOver(const std::string& breaking, const std::string& installed,
                            const std::string& wanted) {
  std::vector<SemanticVersion> versions;
  for (const std::string* text : {&breaking, &installed, &wanted}) {
    const auto version = ParseVersion(*text);
    if (!version.ok())
      return MakeFailure(Reason::kChartInvalid,
                         absl::StrCat("comparing the versions ", *text, " and ", breaking, ": ",
                                      version.status().message()));
    versions.push_back(*version);
  }
  return CompareVersions(versions[1], versions[0]) <= 0 &&
         CompareVersions(versions[0], versions[2]) < 0;
}

int NewestGoodRevision(const std::vector<helm::ReleaseRecord>& records) {
  for (const helm::ReleaseRecord& record : records) {
    if (record.Good()) return record.revision;
    // Whoever uninstalled the release does not want what was there before.
    if (record.status == helm::kUninstalled) break;
  }
  return 0;
}

absl::StatusOr<int> RollbackTarget(const v1::ChartInfo& info,
                                   const std::vector<helm::ReleaseRecord>& records) {
  const std::string release = absl::StrCat("the release ", info.namespace_(), "/", info.name());
  if (records.empty())
    return MakeFailure(Reason::kObjectNotFound, absl::StrCat(release, " does not exist"));
  const int deployed = helm::DeployedRevision(records);
  const int before = deployed != 0 ? deployed : std::numeric_limits<int>::max();
  const int wanted = info.rollback_revision();
  for (const helm::ReleaseRecord& record : records) {
    const bool found =
        wanted != 0 ? record.revision == wanted : record.Good() && record.revision < before;
    if (found && !record.Locked()) return record.revision;
  }
  return MakeFailure(
      Reason::kObjectNotFound,
      wanted != 0 ? absl::StrCat(release, " has no revision ", wanted, " to go back to")
                  : absl::StrCat(release, " has no good revision before the one that is deployed"));
}

absl::Status RecordDecision(Report& report, const Found& found, const Decided& decided) {
  v1::Transition transition;
  transition.set_decision(decided.decision);
  transition.set_outcome(decided.reason);
  if (decided.decision == v1::DECISION_UNCHANGED) transition.set_unchanged_by(decided.unchanged_by);
  transition.set_chart_version(found.chart.chart.version);
  transition.set_chart_digest(found.chart.chart.digest);
  if (found.chart.signature.has_value())
    *transition.mutable_chart_signature() = *found.chart.signature;
  for (const v1::Loss& loss : decided.losses) *transition.add_losses() = loss;
  for (const v1::ObjectChange& change : decided.changes) *transition.add_changes() = change;
  transition.set_changes_left_out(decided.changes_left_out);
  for (const v1::CrdChange& change : decided.crd_changes) *transition.add_crd_changes() = change;
  return report.RecordSoon(transition);
}

Choice Decide(const v1::ChartInfo& info, const Fingerprint& fingerprint,
              const std::vector<helm::ReleaseRecord>& records, size_t doomed_crds) {
  const bool destroy = info.action() == v1::ACTION_DESTROY;
  const bool unlock = info.action() == v1::ACTION_UNLOCK;
  if (records.empty()) {
    if (destroy && doomed_crds > 0)
      return {v1::DECISION_DESTROY,
              absl::StrCat("there is no release, but there are ", doomed_crds, " CRDs")};
    return destroy || unlock ? Choice{v1::DECISION_ABSENT, "there is no release"}
                             : Choice{v1::DECISION_INSTALL, "there is no release"};
  }
  const helm::ReleaseRecord& newest = records[0];
  const std::string at = absl::StrCat("revision ", newest.revision, " is ", newest.status);
  if (unlock) return Choice{v1::DECISION_UNLOCK, absl::StrCat(at, ": the release is not locked")};
  if (info.action() == v1::ACTION_ROLLBACK) return Choice{v1::DECISION_ROLLBACK, at};
  if (destroy) {
    // helm has only the history left to remove.
    return Choice{v1::DECISION_DESTROY, newest.status == helm::kUninstalled
                                            ? absl::StrCat(at, ", only its history is left")
                                            : at};
  }
  // helm installs over it, with the chart's install hooks.
  if (newest.status == helm::kUninstalled) return Choice{v1::DECISION_INSTALL, at};
  if (info.skip_if_already_installed()) {
    for (const helm::ReleaseRecord& record : records) {
      if (record.status == "deployed")
        return Choice{v1::DECISION_ALREADY_INSTALLED,
                      absl::StrCat("revision ", record.revision, " is deployed")};
    }
  }
  if (info.force_upgrade()) return Choice{v1::DECISION_UPGRADE, "forceUpgrade is set"};
  if (info.reapply() == v1::REAPPLY_ALWAYS)
    return Choice{v1::DECISION_UPGRADE, "reapply is ALWAYS"};
  if (newest.status != "deployed") return Choice{v1::DECISION_UPGRADE, at};
  const std::string spec = newest.OurLabel(helm::kSpecLabel);
  if (spec.empty()) {
    const char* by = newest.LabelsCount() ? ", made by a rollback" : ", not made by wheelhouse";
    return Choice{v1::DECISION_UPGRADE, absl::StrCat(at, by)};
  }
  const bool good = newest.OurLabel(helm::kVerdictLabel) == helm::kVerdictGood;
  if (!fingerprint.Is(spec))
    return Choice{v1::DECISION_UPGRADE, absl::StrCat(at, " with other inputs"), good};
  if (!good) return Choice{v1::DECISION_UPGRADE, absl::StrCat(at, " and was never marked good")};
  return Choice{v1::DECISION_UNCHANGED, absl::StrCat(at, " with the same inputs")};
}

}  // namespace wheelhouse::lifecycle
