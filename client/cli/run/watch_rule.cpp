#include "client/cli/run/watch_rule.h"

namespace wheelhouse::cli {

bool ComesBack(grpc::StatusCode code, const std::string& reason, bool known,
               absl::Duration lost_for) {
  const bool lost = code == grpc::StatusCode::UNAVAILABLE ||
                    (code == grpc::StatusCode::CANCELLED && reason.empty()) ||
                    (code == grpc::StatusCode::RESOURCE_EXHAUSTED &&
                     (reason.empty() || reason == "WATCHER_TOO_SLOW"));
  return known && lost && lost_for < kGiveUpAfter;
}

}  // namespace wheelhouse::cli
