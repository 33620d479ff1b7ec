#include <absl/strings/str_cat.h>
#include <stdlib.h>

#include <filesystem>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

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
    if (source.source_case() == v1::ChartSource::kArchiveDigest) {
      ASSIGN_OR_RETURN(
          pinned.archive,
          chart.services.archives.Pin(source.archive_digest(), chart.request.caller, &pinned.pin));
    } else {
      ASSIGN_OR_RETURN(pinned.archive, Pull(context, chart));
    }
    ASSIGN_OR_RETURN(pinned.chart, helm::ReadChartArchive(pinned.archive, {}));
    return StepResult::Done(absl::StrCat(pinned.chart.name, " ", pinned.chart.version));
  }

 private:
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
