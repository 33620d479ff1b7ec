#include "server/kube/readiness/troubles.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <optional>

#include "common/time.h"

namespace wheelhouse::kube {
namespace {

// A controller that sees a new spec corrects the conditions of the old one within a sync.
constexpr absl::Duration kMoment = absl::Seconds(5);

struct Rule {
  absl::string_view reason;
  absl::string_view words;  // that the message has; empty: any
  Patience patience;
};

// The first that fits counts; a reason without a rule is named and ends nothing.
constexpr Rule kRules[] = {
    // Containers, by the kubelet.
    {"InvalidImageName", "", Patience::kNone},
    {"ErrImageNeverPull", "", Patience::kNone},
    {"ErrImagePull", "", Patience::kImagePull},
    {"ImagePullBackOff", "", Patience::kImagePull},
    {"RegistryUnavailable", "", Patience::kImagePull},
    {"CrashLoopBackOff", "", Patience::kCrashLoop},
    // A command that does not exist: it alternates with CrashLoopBackOff.
    {"CreateContainerError", "", Patience::kCrashLoop},
    {"RunContainerError", "", Patience::kCrashLoop},
    // A ConfigMap or Secret that the container's environment needs is missing.
    {"CreateContainerConfigError", "", Patience::kMount},
    // Pods, by the scheduler, the attach-detach controller and the kubelet.
    {"Unschedulable", "", Patience::kUnschedulable},
    {"FailedMount", "", Patience::kMount},
    {"FailedAttachVolume", "", Patience::kMount},
    {"FailedMapVolume", "", Patience::kMount},
    // Workloads, by their controllers.
    {"FailedCreate", "exceeded quota", Patience::kQuota},
    {"FailedCreate", "status unknown for quota", Patience::kQuota},
    {"FailedCreate", "", Patience::kRefused},
    {"ProgressDeadlineExceeded", "", Patience::kMoment},
};

absl::Duration Bound(bool set, const google::protobuf::Duration& value, absl::Duration otherwise) {
  return set ? ToDuration(value) : otherwise;
}

// As in server/plan/defaults.cpp where `rules` leaves it open.
absl::Duration BoundOf(Patience patience, const v1::EarlyFailure& rules) {
  switch (patience) {
    case Patience::kNone:
      return absl::ZeroDuration();
    case Patience::kMoment:
      return kMoment;
    case Patience::kImagePull:
      return Bound(rules.has_image_pull(), rules.image_pull(), absl::Seconds(30));
    case Patience::kCrashLoop:
      return Bound(rules.has_crash_loop_time(), rules.crash_loop_time(), absl::Minutes(2));
    case Patience::kRefused:
      return Bound(rules.has_refused(), rules.refused(), absl::Minutes(1));
    case Patience::kQuota:
      return Bound(rules.has_quota(), rules.quota(), absl::Minutes(5));
    case Patience::kUnschedulable:
      return Bound(rules.has_unschedulable(), rules.unschedulable(), absl::Minutes(8));
    case Patience::kMount:
      return Bound(rules.has_mount(), rules.mount(), absl::Minutes(5));
    case Patience::kEndless:
      break;
  }
  return absl::InfiniteDuration();
}

const Json* Condition(const Json& object, const std::string& type, const char* status) {
  for (const Json& condition : List(object, "/status/conditions")) {
    if (Text(condition, "/type") == type && Text(condition, "/status") == status) return &condition;
  }
  return nullptr;
}

bool Has(const Json& status, const char* at) { return status.contains(Json::json_pointer(at)); }

// `exit code 137 (OOMKilled)`, with what the program left as its message.
std::string Ending(const Json& terminated) {
  const std::string reason = Text(terminated, "/reason"), message = Text(terminated, "/message");
  return absl::StrCat("exit code ", Int(terminated, "/exitCode"),
                      reason.empty() || reason == "Error" ? "" : absl::StrCat(" (", reason, ")"),
                      message.empty() ? "" : ": ", message);
}

std::optional<Trouble> ContainerTrouble(const Json& status) {
  const int64_t restarts = Int(status, "/restartCount");
  const std::string name = Text(status, "/name");
  if (const std::string reason = Text(status, "/state/waiting/reason"); !reason.empty()) {
    // These two are of every container that has yet to start; something else may say why.
    if (reason == "ContainerCreating" || reason == "PodInitializing") return std::nullopt;
    std::string message = Text(status, "/state/waiting/message");
    if (Has(status, "/lastState/terminated")) {
      absl::StrAppend(&message, message.empty() ? "" : "; ", "ended before with ",
                      Ending(status["lastState"]["terminated"]));
    }
    return Trouble{name, reason, message, restarts};
  }
  if (Int(status, "/state/terminated/exitCode") == 0) return std::nullopt;
  const std::string reason = Text(status, "/state/terminated/reason");
  return Trouble{name, reason.empty() ? "Error" : reason, Ending(status["state"]["terminated"]),
                 restarts};
}

bool StartedAnything(const Json& pod) {
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : List(pod, list)) {
      for (const char* at : {"/state/running", "/state/terminated", "/lastState/terminated"}) {
        if (Has(status, at)) return true;
      }
    }
  }
  return false;
}

std::optional<Trouble> TroubleOfWholePod(const Json& pod, const std::vector<Warning>& warnings) {
  if (Text(pod, "/status/phase") == "Failed")
    return Trouble{"", Text(pod, "/status/reason"), Text(pod, "/status/message")};
  if (const Json* scheduled = Condition(pod, "PodScheduled", "False"))
    return Trouble{"", Text(*scheduled, "/reason"), Text(*scheduled, "/message")};
  // What was in the way of the start is over once something has started.
  const bool started = StartedAnything(pod);
  for (const Warning& warning : warnings) {
    Trouble trouble{"", warning.reason, warning.message};
    if (started && trouble.patience() == Patience::kMount) continue;
    return trouble;
  }
  for (const Json& status : List(pod, "/status/containerStatuses")) {
    if (const std::string reason = Text(status, "/state/waiting/reason"); !reason.empty())
      return Trouble{"", reason, Text(status, "/state/waiting/message")};
  }
  return std::nullopt;
}

// When the workload was changed last by anybody but its controllers' reports.
absl::Time ChangedAt(const Json& workload) {
  absl::Time changed =
      ParseRfc3339(Text(workload, "/metadata/creationTimestamp")).value_or(absl::InfinitePast());
  for (const Json& field : List(workload, "/metadata/managedFields")) {
    if (Text(field, "/subresource") == "status") continue;
    if (const auto time = ParseRfc3339(Text(field, "/time"))) changed = std::max(changed, *time);
  }
  return changed;
}

// The number of pods that the workload is to have now.
int64_t WantedPods(const Json& workload) {
  const std::string kind = Text(workload, "/kind");
  if (kind == "DaemonSet") return Int(workload, "/status/desiredNumberScheduled");
  return kind == "Job" ? 1 : Int(workload, "/spec/replicas", 1);
}

std::optional<Trouble> Refused(const Json& workload, const Json& replica_set, size_t pods,
                               const std::vector<Warning>& warnings) {
  // Of a Deployment the condition may be that of an old ReplicaSet.
  const Json& of = Text(workload, "/kind") == "Deployment" ? replica_set : workload;
  if (const Json* failure = Condition(of, "ReplicaFailure", "True"))
    return Trouble{"", Text(*failure, "/reason"), Text(*failure, "/message")};
  if (static_cast<int64_t>(pods) >= WantedPods(workload)) return std::nullopt;
  const absl::Time changed = ChangedAt(workload);
  for (const Warning& warning : warnings) {
    if (warning.reason == "FailedCreate" && warning.last >= changed)
      return Trouble{"", warning.reason, warning.message};
  }
  return std::nullopt;
}

}  // namespace

Patience Trouble::patience() const {
  for (const Rule& rule : kRules) {
    if (reason == rule.reason && absl::StrContains(message, rule.words)) return rule.patience;
  }
  return Patience::kEndless;
}

std::string Trouble::Words() const {
  return absl::StrCat(reason, reason.empty() || message.empty() ? "" : ": ", message);
}

std::string Trouble::ToString() const {
  return absl::StrCat(container.empty() ? "" : absl::StrCat("container ", container, ": "), reason,
                      restarts > 0 ? absl::StrCat(" after ", restarts, " restarts") : "",
                      message.empty() ? "" : ": ", message);
}

std::vector<Trouble> TroublesOf(const Json& pod, const std::vector<Warning>& warnings) {
  if (Text(pod, "/status/phase") == "Succeeded" || Condition(pod, "Ready", "True") != nullptr)
    return {};
  std::vector<Trouble> troubles;
  for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
    for (const Json& status : List(pod, list)) {
      if (auto trouble = ContainerTrouble(status)) troubles.push_back(*std::move(trouble));
    }
  }
  if (!troubles.empty()) return troubles;
  if (auto trouble = TroubleOfWholePod(pod, warnings)) troubles.push_back(*std::move(trouble));
  return troubles;
}

std::vector<Trouble> WorkloadTroubles(const Json& workload, const Json& replica_set, size_t pods,
                                      const std::vector<Warning>& warnings) {
  std::vector<Trouble> troubles;
  if (auto refused = Refused(workload, replica_set, pods, warnings))
    troubles.push_back(*std::move(refused));
  const Json* late = Condition(workload, "Progressing", "False");
  if (late != nullptr && Text(*late, "/reason") == "ProgressDeadlineExceeded")
    troubles.push_back({"", "ProgressDeadlineExceeded", Text(*late, "/message")});
  return troubles;
}

std::string PodTrouble(const Json& pod) {
  const std::vector<Trouble> troubles = TroublesOf(pod);
  return troubles.empty() ? "" : troubles[0].Words();
}

bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting) {
  if (rules.off()) return false;
  const Patience patience = trouble.patience();
  const int32_t restarts = rules.has_crash_loop_restarts() ? rules.crash_loop_restarts() : 5;
  if (patience == Patience::kCrashLoop && trouble.restarts >= restarts) return true;
  return lasting >= BoundOf(patience, rules);
}

}  // namespace wheelhouse::kube
