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
// A pod that was made so long before is not a new one, whatever the clocks.
constexpr absl::Duration kYoung = absl::Minutes(1);
// While pods print nothing, looks come this many times more seldom in the end.
constexpr int kQuietTimes = 4;
// Of each pod, for the failure that it may be named in.
constexpr size_t kTail = 4 << 10;

bool Has(const kube::Json& status, const char* at) {
  return status.contains(kube::Json::json_pointer(at));
}

bool EndedBadly(const kube::Json& status, const char* at) {
  return Has(status, at) && kube::Int(status[kube::Json::json_pointer(at)], "/exitCode") != 0;
}

bool IsReady(const kube::Json& status) { return status.value("ready", kube::Json(false)) == true; }

bool IsOlderThan(const kube::Json& pod, absl::Time time) {
  return ParseRfc3339(kube::Text(pod, "/metadata/creationTimestamp")).value_or(time) < time;
}

std::string SourceOf(const kube::Json& pod, const std::string& container) {
  const std::string name = kube::Text(pod, "/metadata/name");
  const size_t containers =
      kube::List(pod, "/spec/containers").size() + kube::List(pod, "/spec/initContainers").size();
  return containers > 1 ? absl::StrCat(name, "/", container) : name;
}

}  // namespace

PodLinesRules LinesOfChart(const v1::ChartInfo& info) {
  PodLinesRules rules{.kind = v1::LOG_KIND_POD};
  if (info.logs() == v1::POD_LOGS_ALL) {
    rules.ready_ones = true;
    rules.tail_lines = 100;
  } else if (info.logs() == v1::POD_LOGS_NONE) {
    rules.lines = 0;
  }
  return rules;
}

bool PodLines::Look(const Context& context, const std::vector<kube::Json>& pods) {
  const int64_t reads_before = reads_;
  const int left_before = lines_left_;
  for (const kube::Json& pod : pods) {
    for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
      for (const kube::Json& status : kube::List(pod, list)) {
        if (lines_left_ > 0 && context.Check().ok()) LookAt(context, pod, status);
      }
    }
  }
  return reads_ == reads_before || lines_left_ != left_before;
}

void PodLines::LookAt(const Context& context, const kube::Json& pod, const kube::Json& status) {
  const std::string name = kube::Text(status, "/name");
  const auto [at, is_new] =
      containers_.try_emplace({kube::Text(pod, "/metadata/uid"), name}, Container());
  Container& container = at->second;
  if (is_new && IsReady(status) && IsOlderThan(pod, began_ - kYoung)) container.newest = began_;
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
  if (rules_.ready_ones) {
    return Has(status, "/state/running") || Has(status, "/state/terminated") ||
           Has(status, "/lastState/terminated");
  }
  if (IsReady(status)) {
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
  ++reads_;
  const Context bounded =
      context.WithTimeout(kPatience, absl::DeadlineExceededError("the kubelet does not answer"));
  const auto log = chart_.kube().PodLogs(bounded, kube::Text(pod, "/metadata/namespace"),
                                         kube::Text(pod, "/metadata/name"), name,
                                         {.previous = previous,
                                          .tail_lines = rules_.tail_lines,
                                          .limit_bytes = rules_.look_bytes,
                                          .timestamps = true,
                                          .since = container->newest});
  if (!log.ok()) return false;
  Report(pod, name, *log, container);
  return true;
}

void PodLines::Report(const kube::Json& pod, const std::string& name, absl::string_view text,
                      Container* container) {
  const std::string source = SourceOf(pod, name);
  std::string& tail = tails_[kube::Text(pod, "/metadata/name")];
  const absl::Time before = container->newest;
  for (const absl::string_view stamped : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const size_t space = std::min(stamped.find(' '), stamped.size());
    const auto time = ParseRfc3339(stamped.substr(0, space));
    // Lines of the same second come again; what has no time is the kubelet's own.
    if (!time.has_value() || *time <= before) continue;
    container->newest = std::max(container->newest, *time);
    const absl::string_view line = stamped.substr(std::min(space + 1, stamped.size()));
    absl::StrAppend(&tail, line, "\n");
    if (tail.size() > 2 * kTail) tail.erase(0, tail.size() - kTail);
    bytes_left_ -= static_cast<int64_t>(line.size());
    if (--lines_left_ == 0 || bytes_left_ < 0) {
      lines_left_ = 0;
      return chart_.report.Said(rules_.kind, "wheelhoused",
                                "further lines of this chart's pods are not shown");
    }
    chart_.report.Said(rules_.kind, source, line);
  }
}

std::map<std::string, std::string> PodLines::tails() const {
  std::map<std::string, std::string> masked;
  for (const auto& [pod, tail] : tails_) masked[pod] = chart_.report.Mask(tail);
  return masked;
}

absl::Duration NextPause(absl::Duration pause, absl::Duration look_every, bool in_vain) {
  return in_vain ? std::min(2 * pause, kQuietTimes * look_every) : look_every;
}

PodFollower::PodFollower(const Context& context, const Chart& chart, PodLinesRules rules,
                         absl::Duration look_every, List pods)
    : context_(context), pods_(std::move(pods)), lines_(chart, rules) {
  thread_ = std::thread([this, look_every] {
    absl::Duration pause = look_every;
    do {
      pause = NextPause(pause, look_every, !lines_.Look(until_stopped_, pods_(until_stopped_)));
    } while (until_stopped_.Sleep(pause).ok());
  });
}

void PodFollower::End() {
  if (!thread_.joinable()) return;
  until_stopped_.Cancel(absl::CancelledError());
  thread_.join();
}

void PodFollower::Stop() {
  if (!thread_.joinable()) return;
  End();
  lines_.Look(context_, pods_(context_));
}

}  // namespace wheelhouse::lifecycle
