#include "server/lifecycle/core/chart_request.h"

#include <absl/strings/str_cat.h>

namespace wheelhouse::lifecycle {
namespace {

constexpr absl::Duration kAfterForce = absl::Seconds(30);

}  // namespace

bool IsFinal(const absl::Status& status) {
  return !status.ok() && FailureOf(status).details().contains(kFinalDetail);
}

Context Bounds::AfterForce() const {
  return failure.WithTimeout(
      kAfterForce,
      MakeFailure(Reason::kStepFailed,
                  absl::StrCat("took longer than the ", absl::FormatDuration(kAfterForce),
                               " that are allowed after a forced cancel")));
}

absl::Status Bounds::LostClaims() const {
  absl::Status ended = failure.Check();
  return HasReason(ended, Reason::kLeaseLost) ? ended : absl::OkStatus();
}

bool Bounds::Stops(const absl::Status& status) const {
  const bool ends =
      HasReason(status, Reason::kInterrupted) || HasReason(status, Reason::kShuttingDown);
  return (ends && !IsFinal(status)) || (!status.ok() && !LostClaims().ok());
}

}  // namespace wheelhouse::lifecycle
