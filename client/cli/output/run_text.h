// The words for runs, charts, positions in the queue and times. Text from the daemon is made
// printable here, and each text is one line.
#pragma once

#include <absl/time/time.h>

#include <string>

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::cli {

// `82ms`, `8.2s`, `1m12s`, `1h02m`.
std::string DurationText(absl::Duration duration);
// The same in whole seconds, for a time that is still growing.
std::string ElapsedText(absl::Duration duration);
// `14:32:05` on the day of `now`, else `2026-11-24 14:32`; empty for a time that is not set.
std::string TimeText(const google::protobuf::Timestamp& time, absl::Time now, absl::TimeZone zone);

// The state of a chart, stage or step, with the skip reason: `SKIPPED (UNCHANGED)`.
std::string StateText(v1::State state, v1::SkipReason reason);
// How long it took, or has taken so far; zero when it has not begun.
absl::Duration TimeOf(const v1::ChartRun& chart, absl::Time now);
absl::Duration TimeOf(const v1::Run& run, absl::Time now);

// `position 2, waits for 01a2 of ci (demo)`.
std::string QueueText(const v1::QueuePlace& queue);
// `waits for run 01a2 of ci, daemon 7f3a on node-1 (demo), since 10:24:01`; empty when it
// waits for none.
std::string ClaimsText(const v1::ChartRun& chart, absl::TimeZone zone = absl::LocalTimeZone());
// `1 of 3 ready; Deployment demo/web: 1 of 3 pods are available`, with at most three objects.
std::string ProgressText(const v1::Progress& progress);
// `| line`; `| event: Pod web-x: ...` and `| web-x: line` of a chart that is waited for.
std::string LogText(const v1::Log& log);
// `INSTALL revision 1`; for a failed chart `POD_FAILING in exec/helm`, for a skipped one the skip
// reason.
std::string ResultText(const v1::ChartRun& chart);
// Where the time went: `check_prerequisites 162ms, exec 10.3s, on_deploy_failure NOT_NEEDED`.
std::string StagesText(const v1::ChartRun& chart);
// The last line of a run: `SUCCEEDED in 8.2s: demo/web INSTALL revision 1`.
std::string SummaryText(const v1::Run& run);
// The first line of a run: `run 01a2 on sandbox by ci: platform, 3 charts`.
std::string HeaderText(const v1::Run& run);
// `demo/web`, or `3 charts`.
std::string ChartsText(const v1::Run& run);

}  // namespace wheelhouse::cli
