#include "server/kube/readiness/judge.h"

#include <absl/strings/str_cat.h>

#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

const ResourceType& StorageClassType() {
  static const auto* const type =
      new ResourceType{"storage.k8s.io", "v1", "StorageClass", "storageclasses", false};
  return *type;
}

std::string TimeOf(const Json& event) {
  const std::string time = Text(event, "/lastTimestamp");
  return time.empty() ? Text(event, "/eventTime") : time;
}

// The Job controller's reasons (1.36) when a Job has ended.
bool TellsEnd(const std::string& reason) {
  return reason == "Completed" || reason == "BackoffLimitExceeded" ||
         reason == "DeadlineExceeded" || reason == "PodFailurePolicy" ||
         reason == "FailedIndexes" || reason == "MaxFailedIndexesExceeded";
}

}  // namespace

Readiness Judge::Of(const Context& context, const Json& object) {
  Readiness readiness = ReadinessOf(object, rules_);
  if (readiness.ready() || Text(object, "/kind") != "PersistentVolumeClaim") return readiness;
  return LearnBinding(context, object) ? ReadinessOf(object, rules_) : readiness;
}

bool Judge::LearnBinding(const Context& context, const Json& claim) {
  const std::string name = Text(claim, "/spec/storageClassName");
  if (name.empty() || asked_.contains(name)) return false;
  const auto storage = client_.Get(context, {StorageClassType(), "", name});
  if (HasReason(storage.status(), Reason::kClusterUnreachable)) return false;
  asked_.insert(name);
  if (!storage.ok() || Text(*storage, "/volumeBindingMode") != "WaitForFirstConsumer") return false;
  rules_.binding_at_first_use.insert(name);
  return true;
}

Readiness Judge::OfCollectedJob(const Context& context, const ObjectId& job) {
  ListOptions options{.ns = job.ns};
  options.field_selector = absl::StrCat("involvedObject.kind=Job,involvedObject.name=", job.name);
  const auto events = client_.List(context, {"", "v1", "Event", "events", true}, options);
  const Json* end = nullptr;
  for (size_t i = 0; events.ok() && i < events->items.size(); ++i) {
    const Json& event = events->items[i];
    if (Text(event, "/involvedObject/kind") != "Job" ||
        Text(event, "/involvedObject/name") != job.name || !TellsEnd(Text(event, "/reason")))
      continue;
    if (end == nullptr || TimeOf(event) > TimeOf(*end)) end = &event;
  }
  if (end == nullptr || Text(*end, "/reason") == "Completed")
    return Readiness::Ready("has finished and was collected (ttlSecondsAfterFinished)");
  return Readiness::Failed(
      absl::StrCat("failed: ", Text(*end, "/reason"), ": ", Text(*end, "/message")));
}

}  // namespace wheelhouse::kube
