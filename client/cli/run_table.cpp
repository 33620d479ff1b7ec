#include "client/cli/run_table.h"

#include "client/cli/text_printer.h"
#include "common/run_picture.h"

namespace wheelhouse::cli {

void PrintRunLine(const v1::Run& run, std::ostream& out) {
  out << run.id() << "  " << ShortName(run.state()) << "  " << run.cluster() << "  "
      << run.plan_name() << "  " << run.caller() << "  "
      << absl::FormatTime(absl::RFC3339_sec, absl::FromUnixSeconds(run.create_time().seconds()),
                          absl::UTCTimeZone());
  if (run.has_queue()) {
    out << "  position " << run.queue().position();
    for (const auto& other : run.queue().waits_for())
      out << ", waits for " << other.run_id() << " of " << other.caller() << " ("
          << absl::StrJoin(other.keys(), ", ") << ")";
  }
  out << "\n";
}

void PrintRun(const v1::Run& run, std::ostream& out) {
  PrintRunLine(run, out);
  for (const auto& chart : run.charts()) {
    out << "  " << ChartKey(chart) << "  " << ShortName(chart.state());
    if (chart.skip_reason() != v1::SKIP_REASON_UNSPECIFIED)
      out << " (" << ShortName(chart.skip_reason()) << ")";
    if (chart.revision() > 0) out << "  revision " << chart.revision();
    out << "\n";
    for (const auto& stage : chart.stages())
      out << "    " << ShortName(stage.stage()) << "  " << ShortName(stage.state()) << "\n";
  }
  PrintFailures(run, out);
}

}  // namespace wheelhouse::cli
