#include "server/lifecycle/objects/pod_lines.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>

#include "common/time.h"

namespace wheelhouse::lifecycle {
namespace {

// A container that runs and is not ready for less has only just begun.
constexpr absl::Duration kStarting = absl::Seconds(5);
// A kubelet that does not answer must not keep the others from being read.
constexpr absl::Duration kPatience = absl::Seconds(3);
// At each look, of each container.
constexpr int kFailingTail = 20, kTail = 100;
constexpr int kLimitBytes = 32 << 10;

bool Has(const kube::Json& status, const char* at) {
  return status.contains(kube::Json::json_pointer(at));
}

bool EndedBadly(const kube::Json& status, const char* at) {
  return Has(status, at) && kube::Int(status[kube::Json::json_pointer(at)], "/exitCode") != 0;
}

std::string SourceOf(const kube::Json& pod, const std::string& container) {
  const std::string name = kube::Text(pod, "/metadata/name");
  const size_t containers =
      kube::List(pod, "/spec/containers").size() + kube::List(pod, "/spec/initContainers").size();
  return containers > 1 ? absl::StrCat(name, "/", container) : name;
}

}  // namespace

void PodLines::Look(const Context& context, const std::vector<kube::Json>& pods) {
  for (const kube::Json& pod : pods) {
    for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
      for (const kube::Json& status : kube::List(pod, list)) {
        if (lines_left_ > 0 && context.Check().ok()) LookAt(context, pod, status);
      }
    }
  }
}

void PodLines::LookAt(const Context& context, const kube::Json& pod, const kube::Json& status) {
  const std::string name = kube::Text(status, "/name");
  Container& container = containers_[{kube::Text(pod, "/metadata/uid"), name}];
  if (!Wanted(status, &container)) return;
  // What has ended is read once: nothing follows.
  const bool ended = Has(status, "/state/terminated"),
             restarted = Has(status, "/lastState/terminated");
  const std::string end = absl::StrCat(kube::Int(status, "/restartCount"), ended ? " ended" : "");
  if (container.end != end) {
    if (restarted) Read(context, pod, name, true, &container);
    if (!ended || Read(context, pod, name, false, &container)) container.end = end;
  }
  if (Has(status, "/state/running")) Read(context, pod, name, false, &container);
}

bool PodLines::Wanted(const kube::Json& status, Container* container) const {
  const bool all = chart_.info().logs() == v1::POD_LOGS_ALL;
  if (chart_.info().logs() == v1::POD_LOGS_NONE) return false;
  if (all) {
    return Has(status, "/state/running") || Has(status, "/state/terminated") ||
           Has(status, "/lastState/terminated");
  }
  if (status.value("ready", kube::Json(false)) == true) {
    container->unready_since = absl::InfiniteFuture();
    return false;
  }
  if (EndedBadly(status, "/state/terminated") || EndedBadly(status, "/lastState/terminated"))
    return true;
  if (!Has(status, "/state/running")) return false;
  const absl::Time now = chart_.services.clock.Now();
  container->unready_since = std::min(container->unready_since, now);
  return now - container->unready_since >= kStarting;
}

bool PodLines::Read(const Context& context, const kube::Json& pod, const std::string& name,
                    bool previous, Container* container) {
  const bool all = chart_.info().logs() == v1::POD_LOGS_ALL;
  const Context bounded =
      context.WithTimeout(kPatience, absl::DeadlineExceededError("the kubelet does not answer"));
  const auto log = chart_.kube().PodLogs(bounded, kube::Text(pod, "/metadata/namespace"),
                                         kube::Text(pod, "/metadata/name"), name,
                                         {.previous = previous,
                                          .tail_lines = all ? kTail : kFailingTail,
                                          .limit_bytes = kLimitBytes,
                                          .timestamps = true,
                                          .since = container->newest});
  if (!log.ok()) return false;
  Report(SourceOf(pod, name), *log, container);
  return true;
}

void PodLines::Report(const std::string& source, absl::string_view text, Container* container) {
  const absl::Time before = container->newest;
  for (const absl::string_view stamped : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const size_t space = std::min(stamped.find(' '), stamped.size());
    const auto time = ParseRfc3339(stamped.substr(0, space));
    // Lines of the same second come again; what has no time is the kubelet's own.
    if (!time.has_value() || *time <= before) continue;
    container->newest = std::max(container->newest, *time);
    const absl::string_view line = stamped.substr(std::min(space + 1, stamped.size()));
    bytes_left_ -= static_cast<int64_t>(line.size());
    if (--lines_left_ == 0 || bytes_left_ < 0) {
      lines_left_ = 0;
      return chart_.report.Said(v1::LOG_KIND_POD, "wheelhoused",
                                "further lines of this chart's pods are not shown");
    }
    chart_.report.Said(v1::LOG_KIND_POD, source, line);
  }
}

}  // namespace wheelhouse::lifecycle
