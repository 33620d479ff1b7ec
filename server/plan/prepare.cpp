#include "server/plan/prepare.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/strip.h>

#include <utility>

#include "common/failure.h"
#include "common/formats/yaml_proto.h"
#include "common/status_macros.h"
#include "server/plan/contents.h"
#include "server/plan/defaults.h"
#include "server/plan/plan_check.h"
#include "server/plan/profile_expansion.h"
#include "server/plan/source_check.h"
#include "server/plan/stage_check.h"

namespace wheelhouse::plan {
namespace {

constexpr char kAuto[] = "auto";

// `oci://registry/path/chart` names its chart last.
std::string LastPart(const std::string& reference) {
  return reference.substr(reference.rfind('/') + 1);
}

absl::Status Unknown(const std::string& name, const Profiles& profiles) {
  std::vector<std::string> names;
  for (const auto& [known, profile] : profiles.by_name()) names.push_back(known);
  const std::string nearest = NearestName(name, names);
  return MakeFailure(Reason::kPlanInvalid,
                     absl::StrCat("there is no profile ", name, "; ",
                                  nearest.empty() ? absl::StrCat("the known profiles are ",
                                                                 absl::StrJoin(names, ", "))
                                                  : absl::StrCat("did you mean ", nearest, "?")));
}

// Adds a violation when delete_crds is set but neither the caller nor the profile names the CRDs.
void CheckDeleteCrds(const v1::ChartInfo& chart, const std::string& path, FieldViolations* wrong) {
  if (!chart.delete_crds() || chart.has_chart() || !chart.crd_files().empty() ||
      !CrdsDeletedBySteps(chart).empty())
    return;
  wrong->push_back(
      {path + ".delete_crds",
       absl::StrCat("needs to know which CRDs to delete: set chart or crdFiles; the profile ",
                    chart.profile(), " names none.")});
}

// Whether the chart must be refused whatever a profile adds to it: its source has to be valid
// before it is used to look something up, and a caller's restore step refers only to the caller's
// own backup steps.
bool RefusedAsWritten(const v1::ChartInfo& chart) {
  FieldViolations wrong;
  CheckSource(chart, "", &wrong);
  CheckRestores(chart.stages(), "", &wrong);
  return !wrong.empty();
}

// Puts profiles into the charts of one plan. When a profile cannot be put into its chart, the chart
// stays as the caller wrote it, and is checked that way.
class Expansion {
 public:
  Expansion(const Profiles& profiles, const IdentifyChart& identify)
      : profiles_(profiles), identify_(identify) {}

  // The next chart of the plan.
  void Expand(v1::ChartInfo* chart) {
    const std::string path = absl::StrCat("plan.charts[", charts_.size(), "]");
    Chart& noted = charts_.emplace_back();
    if (chart->profile().empty() || RefusedAsWritten(*chart) || !identified_.ok()) return;
    const auto profile = ProfileOf(*chart);
    if (HasReason(profile.status(), Reason::kPlanInvalid)) {
      wrong_.push_back({path + ".profile", FailureOf(profile.status()).message()});
      return;
    }
    identified_.Update(profile.status());
    if (!profile.ok() || *profile == nullptr) return;
    FieldViolations names;
    CheckStepNames(*chart, **profile, path, &names);
    v1::ChartInfo expanded = WithProfile(*chart, **profile, &noted.origins);
    CheckDeleteCrds(expanded, path, &wrong_);
    if (names.empty()) {
      *chart = std::move(expanded);
      noted.profile = *profile;
    }
    wrong_.insert(wrong_.end(), names.begin(), names.end());
  }

  // A violation of the expanded plan, in terms of the plan that the caller wrote.
  FieldViolation AsWritten(FieldViolation violation) const {
    absl::string_view below = violation.field;
    int index = 0;
    if (!absl::ConsumePrefix(&below, "plan.charts") || !TakeIndex(&below, &index) ||
        !absl::ConsumePrefix(&below, ".") || index >= static_cast<int>(charts_.size()))
      return violation;
    const Chart& chart = charts_[static_cast<size_t>(index)];
    if (chart.profile == nullptr) return violation;
    FieldViolation written =
        chart.origins.AsWritten(below, violation.description, chart.profile->name());
    written.field = absl::StrCat("plan.charts[", index, "].", written.field);
    return written;
  }

  const FieldViolations& wrong() const { return wrong_; }
  // The first error of `identify`.
  const absl::Status& identified() const { return identified_; }
  std::vector<std::string> ProfileDigests() const {
    std::vector<std::string> digests;
    for (const Chart& chart : charts_)
      digests.push_back(chart.profile == nullptr ? "" : chart.profile->digest());
    return digests;
  }

 private:
  struct Chart {
    const v1::Profile* profile = nullptr;  // that was put in
    Origins origins;
  };

  // nullptr when no profile matches.
  absl::StatusOr<const v1::Profile*> ProfileOf(const v1::ChartInfo& chart) const {
    if (chart.profile() == kAuto) {
      if (chart.chart().source_case() == v1::ChartSource::SOURCE_NOT_SET)
        return MakeFailure(
            Reason::kPlanInvalid,
            "is auto, but there is no chart to choose a profile by; name the profile");
      ASSIGN_OR_RETURN(const ChartIdentity identity, IdentityOf(chart.chart()));
      return profiles_.FindFor(identity);
    }
    const v1::Profile* named = profiles_.Find(chart.profile());
    if (named == nullptr) return Unknown(chart.profile(), profiles_);
    return named;
  }

  absl::StatusOr<ChartIdentity> IdentityOf(const v1::ChartSource& source) const {
    if (source.has_oci()) return ChartIdentity{LastPart(source.oci().reference()), ""};
    if (source.has_repository()) return ChartIdentity{source.repository().name(), ""};
    return identify_(source.archive_digest());
  }

  const Profiles& profiles_;
  const IdentifyChart& identify_;
  std::vector<Chart> charts_;
  FieldViolations wrong_;
  absl::Status identified_;
};

// `as_written` turns a violation of the expanded plan into one of the plan that the caller wrote.
absl::Status CheckAllowed(
    const v1::Plan& plan, const Allowed& allowed,
    const std::function<FieldViolation(FieldViolation violation)>& as_written) {
  FieldViolations too_much;
  CheckMaxima(plan, allowed.maxima, &too_much);
  for (FieldViolation& violation : too_much) violation = as_written(std::move(violation));
  if (!too_much.empty()) return MakeInvalid(Reason::kOptionNotAllowed, std::move(too_much));
  FieldViolations elsewhere;
  Reason reason = Reason::kSourceNotAllowed;  // of the first
  for (int i = 0; allowed.source != nullptr && i < plan.charts_size(); ++i) {
    const absl::Status source = allowed.source(plan.charts(i).chart());
    if (source.ok()) continue;
    if (elsewhere.empty()) reason = ReasonOf(source);
    elsewhere.push_back(
        as_written({absl::StrCat("plan.charts[", i, "].chart"), FailureOf(source).message()}));
  }
  if (elsewhere.empty()) return absl::OkStatus();
  return MakeInvalid(reason, std::move(elsewhere));
}

}  // namespace

absl::StatusOr<PreparedPlan> Prepare(v1::Plan plan, const Profiles& profiles,
                                     const Allowed& allowed, const IdentifyChart& identify) {
  Expansion expansion(profiles, identify);
  // A plan with more charts is refused without looking at them.
  if (plan.charts_size() <= kMaxCharts) {
    for (v1::ChartInfo& chart : *plan.mutable_charts()) expansion.Expand(&chart);
  }
  const auto as_written = [&](FieldViolation violation) {
    return expansion.AsWritten(std::move(violation));
  };
  FieldViolations wrong;
  CheckPlan(plan, &wrong);
  for (FieldViolation& violation : wrong) violation = as_written(std::move(violation));
  wrong.insert(wrong.end(), expansion.wrong().begin(), expansion.wrong().end());
  if (!wrong.empty()) return MakeInvalid(Reason::kPlanInvalid, std::move(wrong));
  RETURN_IF_ERROR(CheckAllowed(plan, allowed, as_written));
  RETURN_IF_ERROR(expansion.identified());
  plan = WithDefaults(std::move(plan));
  LowerDefaults(allowed.maxima, &plan);
  return PreparedPlan{std::move(plan), expansion.ProfileDigests()};
}

absl::Status CheckPrepared(const v1::Plan& plan, const Allowed& allowed) {
  return CheckAllowed(plan, allowed, [](FieldViolation violation) { return violation; });
}

}  // namespace wheelhouse::plan
