#include "server/config/maxima_check.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/time.h"

namespace wheelhouse::config {
namespace {

// The bounds of a plan's own language (server/plan).
constexpr int kMostCharts = 500;
constexpr int kHighestPriority = 100;

}  // namespace

void CheckCallers(const char* at, const google::protobuf::RepeatedPtrField<std::string>& callers,
                  const Fail& fail) {
  for (int i = 0; i < callers.size(); ++i) {
    const std::string& caller = callers[i];
    if (caller != "*" && !absl::StartsWith(caller, "unix:") && !absl::StartsWith(caller, "tls:"))
      fail(absl::StrCat(at, "[", i, "]"),
           "expected `unix:NAME` for the caller of a socket, `tls:NAME` for one with a "
           "certificate, or `*`");
  }
}

void CheckSavedPlans(const v1::SavedPlans& plans, const Fail& fail) {
  if (plans.has_keep_for() && ToDuration(plans.keep_for()) <= absl::ZeroDuration())
    fail("savedPlans.keepFor", "expected a duration above 0");
  if (plans.has_per_caller() && plans.per_caller() < 1)
    fail("savedPlans.perCaller", "expected a number above 0");
  CheckCallers("savedPlans.approvers", plans.approvers(), fail);
}

void CheckDrift(const v1::Drift& drift, const Fail& fail) {
  if (drift.has_every() && ToDuration(drift.every()) < absl::Seconds(1))
    fail("drift.every", "expected a duration of 1s or more");
}

void CheckMaxima(const v1::Maxima& maxima, const Fail& fail) {
  const auto in_range = [&fail](const char* name, bool set, int value, int least, int most) {
    if (set && (value < least || value > most))
      fail(absl::StrCat("maxima.", name),
           absl::StrCat("expected a number from ", least, " to ", most));
  };
  const auto above_zero = [&fail](const char* name, bool set,
                                  const google::protobuf::Duration& value) {
    if (set && ToDuration(value) <= absl::ZeroDuration())
      fail(absl::StrCat("maxima.", name), "expected a duration above 0");
  };
  above_zero("timeout", maxima.has_timeout(), maxima.timeout());
  above_zero("deadline", maxima.has_deadline(), maxima.deadline());
  in_range("priority", maxima.has_priority(), maxima.priority(), -kHighestPriority,
           kHighestPriority);
  in_range("stageSteps", maxima.has_stage_steps(), maxima.stage_steps(), 0, 1000);
  in_range("charts", maxima.has_charts(), maxima.charts(), 1, kMostCharts);
  in_range("parallelRuns", maxima.has_parallel_runs(), maxima.parallel_runs(), 1, 100000);
  CheckCallers("maxima.exclusiveCallers", maxima.exclusive_callers(), fail);
}

}  // namespace wheelhouse::config
