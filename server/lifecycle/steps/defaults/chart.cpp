#include <absl/strings/str_cat.h>
#include <stdlib.h>

#include <filesystem>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart_context.h"
#include "server/lifecycle/steps/defaults/default_steps.h"
#include "server/plan/profiles/profiles.h"

namespace wheelhouse::lifecycle {
namespace {

class ChartStep final : public Step {
 public:
  ChartStep() : Step({.name = "chart"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"chart", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    helm::PinnedChart& pinned = chart.facts.chart;
    const v1::ChartSource& source = chart.info().chart();
    if (source.source_case() == v1::ChartSource::SOURCE_NOT_SET)
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, "no chart is given");
    if (source.source_case() == v1::ChartSource::kArchiveDigest) {
      ASSIGN_OR_RETURN(pinned.archive,
                       chart.services.archives.Pin(source.archive_digest(),
                                                   chart.request.archives_of, &pinned.pin));
    } else {
      ASSIGN_OR_RETURN(pinned.archive, Pull(context, chart));
    }
    ASSIGN_OR_RETURN(pinned.chart, helm::ReadChartArchive(pinned.archive, {}));
    return CheckProfile(chart);
  }

 private:
  // A chart that is pulled tells its version only now.
  static absl::StatusOr<StepResult> CheckProfile(const ChartContext& chart) {
    const helm::Chart& found = chart.facts.chart.chart;
    const std::string told = absl::StrCat(found.name, " ", found.version);
    const std::string& name = chart.info().profile();
    if (name.empty()) return StepResult::Done(told);
    const v1::Profile* profile = chart.services.profiles.Find(name);
    if (profile == nullptr) return StepResult::Done(absl::StrCat(told, "; no profile is for it"));
    if (plan::IsFor(*profile, found.version))
      return StepResult::Done(absl::StrCat(told, ", by the profile ", name));
    return MakeFailure(
        Reason::kPlanInvalid,
        absl::StrCat("the profile ", name, " is for the versions ", profile->versions(),
                     " of its chart, and not for ", told, "; name another profile, or none"));
  }

  static absl::StatusOr<std::string> Pull(const Context& context, ChartContext& chart) {
    std::string folder = chart.services.temp_directory + "/pull.XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) {
      return MakeFailure(Reason::kStoreUnavailable,
                         absl::StrCat("cannot make a folder in ", chart.services.temp_directory));
    }
    // The pin is the folder: it goes with the chart's run.
    chart.facts.chart.pin = std::shared_ptr<void>(new std::string(folder), [](void* path) {
      std::unique_ptr<std::string> owned(static_cast<std::string*>(path));
      std::error_code ignored;
      std::filesystem::remove_all(*owned, ignored);
    });
    return chart.services.helm.Pull(context, chart.info().chart(), folder);
  }
};

}  // namespace

std::unique_ptr<Step> MakeChartStep() { return std::make_unique<ChartStep>(); }

}  // namespace wheelhouse::lifecycle
