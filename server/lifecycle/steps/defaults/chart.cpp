#include "server/lifecycle/core/chart.h"

#include <absl/strings/str_cat.h>

#include <memory>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/charts/fetch.h"
#include "server/charts/signed.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/plan/profiles.h"

namespace wheelhouse::lifecycle {
namespace {

class ChartStep final : public StepOn<Found> {
 public:
  ChartStep() : StepOn({.name = "chart"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"chart", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Found& found) override {
    if (chart.info().chart().source_case() == v1::ChartSource::SOURCE_NOT_SET)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "no chart is given");
    ASSIGN_OR_RETURN(found.chart, Take(context, chart));
    return CheckProfile(chart, found.chart);
  }

 private:
  // The version of a pulled chart is known only now.
  static absl::StatusOr<StepResult> CheckProfile(const Chart& chart,
                                                 const helm::PinnedChart& pinned) {
    const helm::Chart& found = pinned.chart;
    std::string found_as = absl::StrCat(found.name, " ", found.version);
    if (pinned.signature.has_value())
      absl::StrAppend(&found_as, ", ", signatures::SignedBy(*pinned.signature));
    const std::string& name = chart.info().profile();
    if (name.empty()) return StepResult::Done(found_as);
    const v1::Profile* profile = chart.services.profiles.Find(name);
    if (profile == nullptr)
      return StepResult::Done(absl::StrCat(found_as, "; no profile matches it"));
    if (plan::IsFor(*profile, found.version))
      return StepResult::Done(absl::StrCat(found_as, ", by the profile ", name));
    return MakeFailure(
        Reason::kPlanInvalid,
        absl::StrCat("the profile ", name, " applies to the versions ", profile->versions(),
                     " of its chart, not to ", found_as, "; name another profile, or none"));
  }

  // Reads the chart from where the plan says.
  static absl::StatusOr<helm::PinnedChart> Take(const Context& context, const Chart& chart) {
    return chart.info().chart().source_case() == v1::ChartSource::kArchiveDigest
               ? TakeUploaded(context, chart)
               : Fetch(context, chart);
  }

  static charts::FetchParts PartsOf(const Chart& chart) {
    const Services& services = chart.services;
    return {services.sources, services.archives, services.temp_directory, services.verifier};
  }

  // It is packed anew for helm once helm is needed.
  static absl::StatusOr<helm::PinnedChart> TakeUploaded(const Context& context,
                                                        const Chart& chart) {
    helm::PinnedChart taken;
    helm::ChartArchives& archives = chart.services.archives;
    const std::string& digest = chart.info().chart().archive_digest();
    const Principal& owner = chart.asked.request.archives_of;
    ASSIGN_OR_RETURN(taken.chart, archives.ReadUploaded(digest, owner, "", &taken.pin));
    ASSIGN_OR_RETURN(taken.signature,
                     charts::VerifyUploaded(context, PartsOf(chart), chart.info().chart(), owner));
    taken.archive = std::make_shared<helm::PackedChart>(
        chart.services.temp_directory, [&archives, digest, owner](const std::string& path) {
          std::shared_ptr<void> pin;
          return archives.ReadUploaded(digest, owner, path, &pin).status();
        });
    return taken;
  }

  static absl::StatusOr<helm::PinnedChart> Fetch(const Context& context, const Chart& chart) {
    ASSIGN_OR_RETURN(charts::FetchedChart fetched,
                     charts::FetchChart(context, PartsOf(chart), chart.info().chart()));
    return helm::PinnedChart{std::move(fetched.chart), std::move(fetched.signature),
                             std::move(fetched.archive), nullptr};
  }
};

}  // namespace

std::unique_ptr<Step> MakeChartStep() { return std::make_unique<ChartStep>(); }

}  // namespace wheelhouse::lifecycle
