#include "server/kube/readiness/troubles.h"

#include <absl/strings/str_cat.h>

#include "common/time.h"

namespace wheelhouse::kube {
namespace {

absl::Duration OrDefault(bool set, const google::protobuf::Duration& value,
                         absl::Duration otherwise) {
  return set ? ToDuration(value) : otherwise;
}

}  // namespace

std::string Trouble::Kind() const {
  return reason == "ErrImagePull" || reason == "ImagePullBackOff" ? "image pull" : reason;
}

std::string Trouble::ToString() const {
  return absl::StrCat("container ", container, ": ", reason,
                      restarts > 0 ? absl::StrCat(" after ", restarts, " restarts") : "",
                      message.empty() ? "" : ": ", message);
}

std::vector<Trouble> TroublesOf(const Json& pod) {
  std::vector<Trouble> troubles;
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : List(pod, list)) {
      if (const std::string reason = Text(status, "/state/waiting/reason"); !reason.empty()) {
        troubles.push_back({Text(status, "/name"), reason, Text(status, "/state/waiting/message"),
                            Int(status, "/restartCount")});
      }
    }
  }
  return troubles;
}

std::string PodTrouble(const Json& pod) {
  const std::vector<Trouble> troubles = TroublesOf(pod);
  if (troubles.empty()) return "";
  const Trouble& first = troubles[0];
  return absl::StrCat(first.reason, first.message.empty() ? "" : ": ", first.message);
}

bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting) {
  if (rules.off()) return false;
  if (trouble.reason == "InvalidImageName" || trouble.reason == "ErrImageNeverPull") return true;
  if (trouble.Kind() == "image pull") {
    return lasting >= OrDefault(rules.has_image_pull(), rules.image_pull(), absl::Seconds(30));
  }
  if (trouble.reason != "CrashLoopBackOff") return false;
  const int32_t restarts = rules.has_crash_loop_restarts() ? rules.crash_loop_restarts() : 5;
  return trouble.restarts >= restarts ||
         lasting >=
             OrDefault(rules.has_crash_loop_time(), rules.crash_loop_time(), absl::Minutes(2));
}

}  // namespace wheelhouse::kube
