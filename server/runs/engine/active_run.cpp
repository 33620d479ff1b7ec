#include "server/runs/engine/active_run.h"

#include "common/failure.h"

namespace wheelhouse::runs {

Context ActiveRun::WorkUntilDeadline(absl::Time start, absl::Time now) const {
  if (!deadline.has_value()) return cancel;
  return cancel.WithTimeout(start + *deadline - now, MakeFailure(Reason::kDeadlineExceeded,
                                                                 "the plan's deadline has passed"));
}

}  // namespace wheelhouse::runs
