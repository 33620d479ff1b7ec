#include "server/lifecycle/core/chart.h"

#include <absl/strings/str_cat.h>

#include <memory>

#include "common/failure.h"
#include "common/process/temp_folder.h"
#include "common/status_macros.h"
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
    helm::PinnedChart& pinned = found.chart;
    const v1::ChartSource& source = chart.info().chart();
    if (source.source_case() == v1::ChartSource::SOURCE_NOT_SET)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "no chart is given");
    if (source.source_case() == v1::ChartSource::kArchiveDigest) {
      ASSIGN_OR_RETURN(pinned.archive,
                       chart.services.archives.Pin(source.archive_digest(),
                                                   chart.asked.request.archives_of, &pinned.pin));
    } else {
      ASSIGN_OR_RETURN(pinned.archive, Fetch(context, chart, &pinned.pin));
    }
    ASSIGN_OR_RETURN(pinned.chart,
                     helm::ReadChartArchive(pinned.archive, chart.services.archives.limits()));
    return CheckProfile(chart, pinned.chart);
  }

 private:
  // The version of a pulled chart is known only now.
  static absl::StatusOr<StepResult> CheckProfile(const Chart& chart, const helm::Chart& found) {
    const std::string found_as = absl::StrCat(found.name, " ", found.version);
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

  // `pin` is the folder: it goes with the chart's run.
  static absl::StatusOr<std::string> Fetch(const Context& context, const Chart& chart,
                                           std::shared_ptr<void>* pin) {
    ASSIGN_OR_RETURN(auto folder, TempFolder::Make(chart.services.temp_directory, "fetch"));
    const std::string path = folder->path();
    *pin = std::shared_ptr<TempFolder>(std::move(folder));
    return chart.services.sources.Fetch(context, chart.info().chart(), path,
                                        chart.services.archives.limits().archive_bytes);
  }
};

}  // namespace

std::unique_ptr<Step> MakeChartStep() { return std::make_unique<ChartStep>(); }

}  // namespace wheelhouse::lifecycle
