#include "server/lifecycle/core/trail.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"

namespace wheelhouse::lifecycle {

Trail NewTrail() {
  Trail trail;
  trail.set_attempt(1);
  return trail;
}

absl::StatusOr<Trail> ReadTrail(const Resume& resume) {
  Trail trail;
  if (!resume.memory.empty() && trail.ParseFromString(resume.memory)) return trail;
  return MakeFailure(resume.lost_claims ? Reason::kLeaseLost : Reason::kInterrupted,
                     absl::StrCat(resume.lost_claims ? "the claims were lost" : "the daemon ended",
                                  " while the chart was running, and its journal cannot be read"));
}

}  // namespace wheelhouse::lifecycle
