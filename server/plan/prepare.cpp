#include "server/lifecycle/profiles/plan_profiles.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/yaml_proto.h"
#include "server/lifecycle/objects/losses.h"
#include "server/lifecycle/plan/plan_check.h"
#include "server/lifecycle/profiles/profile_expansion.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr char kAuto[] = "auto";

// `oci://registry/path/chart` names its chart last.
std::string LastPart(const std::string& reference) {
  return reference.substr(reference.rfind('/') + 1);
}

absl::StatusOr<ChartIdentity> IdentityOf(const v1::ChartSource& source, const std::string& caller,
                                         helm::ChartArchives& archives) {
  if (source.has_oci()) return ChartIdentity{LastPart(source.oci().reference()), ""};
  if (source.has_repository()) return ChartIdentity{source.repository().name(), ""};
  std::shared_ptr<void> pin;
  ASSIGN_OR_RETURN(const std::string path, archives.Pin(source.archive_digest(), caller, &pin));
  ASSIGN_OR_RETURN(const helm::Chart chart, helm::ReadChartArchive(path, {}));
  return ChartIdentity{chart.name, chart.version};
}

absl::Status Unknown(const std::string& name, const Profiles& profiles) {
  std::vector<std::string> names;
  for (const auto& [known, profile] : profiles.by_name()) names.push_back(known);
  const std::string nearest = NearestName(name, names);
  return MakeFailure(
      Reason::kPlanInvalid,
      absl::StrCat("there is no profile ", name, "; ",
                   nearest.empty() ? absl::StrCat("known are ", absl::StrJoin(names, ", "))
                                   : absl::StrCat("did you mean ", nearest, "?")));
}

// nullptr: none.
absl::StatusOr<const v1::Profile*> ProfileOf(const v1::ChartInfo& chart, const std::string& caller,
                                             const Profiles& profiles,
                                             helm::ChartArchives& archives) {
  if (chart.profile().empty()) return nullptr;
  if (chart.profile() == kAuto) {
    if (chart.chart().source_case() == v1::ChartSource::SOURCE_NOT_SET)
      return MakeFailure(Reason::kPlanInvalid, "is auto, which needs a chart; name the profile");
    ASSIGN_OR_RETURN(const ChartIdentity identity, IdentityOf(chart.chart(), caller, archives));
    return profiles.FindFor(identity);
  }
  const v1::Profile* named = profiles.Find(chart.profile());
  if (named == nullptr) return Unknown(chart.profile(), profiles);
  return named;
}

// A wish to delete CRDs that neither the caller nor the profile names.
void CheckDeleteCrds(const v1::ChartInfo& chart, const std::string& path, Wrong* wrong) {
  if (!chart.delete_crds() || chart.has_chart() || !chart.crd_files().empty() ||
      !CrdsDeletedBySteps(chart).empty())
    return;
  wrong->push_back({path + ".delete_crds",
                    absl::StrCat("needs to know which: give the chart or crd_files; the profile ",
                                 chart.profile(), " names none.")});
}

}  // namespace

absl::StatusOr<ExpandedPlan> PutProfilesIn(v1::Plan plan, const std::string& caller,
                                           const Profiles& profiles,
                                           helm::ChartArchives& archives) {
  ExpandedPlan made;
  Wrong wrong;
  for (int i = 0; i < plan.charts_size(); ++i) {
    v1::ChartInfo* chart = plan.mutable_charts(i);
    const std::string path = absl::StrCat("plan.charts[", i, "]");
    made.profile_digests.emplace_back();
    const auto profile = ProfileOf(*chart, caller, profiles, archives);
    if (HasReason(profile.status(), Reason::kPlanInvalid)) {
      wrong.push_back({path + ".profile", FailureOf(profile.status()).message()});
      continue;
    }
    RETURN_IF_ERROR(profile.status());
    if (*profile == nullptr) continue;
    CheckStepNames(*chart, **profile, path, &wrong);
    *chart = WithProfile(*chart, **profile);
    CheckDeleteCrds(*chart, path, &wrong);
    made.profile_digests.back() = (*profile)->digest();
  }
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  RETURN_IF_ERROR(CheckPlan(plan));
  made.plan = std::move(plan);
  return made;
}

}  // namespace wheelhouse::lifecycle
