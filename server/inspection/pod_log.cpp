#include "server/inspection/pod_log.h"

#include <absl/strings/str_cat.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "common/time.h"
#include "common/utf8.h"

namespace wheelhouse::inspection {
namespace {

using kube::Json;

constexpr absl::Duration kKubeletsPatience = absl::Seconds(3);
constexpr absl::Duration kFindEvery = absl::Seconds(5);
constexpr int kMostLines = 10000;
constexpr int kMostBytes = 1 << 20;
constexpr size_t kLongestLine = 16 << 10;

bool Has(const Json& status, const char* at) { return status.contains(Json::json_pointer(at)); }

}  // namespace

absl::StatusOr<PodLog::Step> PodLog::Next(const Context& context, absl::Duration now) {
  if (!round_begun_) {
    if (now >= find_again_) RETURN_IF_ERROR(FindPods(context, now));
    for (const auto& [key, container] : containers_) {
      if (!container.ended) round_.push_back(key);
    }
    round_begun_ = true;
  }
  Step step;
  if (round_.empty()) {
    round_begun_ = false;
    step.paused = true;
    step.over = !rules_.follow;
    return step;
  }
  const Key key = round_.front();
  round_.pop_front();
  step.lines = Read(context, key, containers_[key]);
  return step;
}

absl::Status PodLog::FindPods(const Context& context, absl::Duration now) {
  ASSIGN_OR_RETURN(Pods found, find_(context));
  mask_ = std::move(found.mask);
  for (const Json& pod : found.pods) {
    for (const char* list : {"/status/initContainerStatuses", "/status/containerStatuses"}) {
      for (const Json& status : kube::List(pod, list)) Meet(pod, status);
    }
  }
  first_ = false;
  find_again_ = now + kFindEvery;
  return absl::OkStatus();
}

void PodLog::Meet(const Json& pod, const Json& status) {
  const std::string name = kube::Text(status, "/name");
  const bool wanted = rules_.container.empty() || rules_.container == name;
  const bool printed = rules_.previous
                           ? Has(status, "/lastState/terminated")
                           : Has(status, "/state/running") || Has(status, "/state/terminated");
  if (!wanted || !printed) return;
  const auto [at, is_new] = containers_.try_emplace(Key{kube::Text(pod, "/metadata/uid"), name});
  Container& container = at->second;
  container.ns = kube::Text(pod, "/metadata/namespace");
  container.pod = kube::Text(pod, "/metadata/name");
  container.name = name;
  // A container that was restarted prints again.
  if (Has(status, "/state/running")) container.ended = false;
  // Of what came after the beginning, everything is shown.
  if (is_new && !first_) container.newest = absl::InfinitePast();
}

std::vector<v1::PodLogLine> PodLog::Read(const Context& context, const Key& key,
                                         Container& container) {
  const Context bounded = context.WithTimeout(
      kKubeletsPatience, absl::DeadlineExceededError("the kubelet does not answer"));
  const bool again = container.newest.has_value();
  const auto log = client_.PodLogs(bounded, container.ns, container.pod, container.name,
                                   {.previous = rules_.previous,
                                    .tail_lines = again ? kMostLines : rules_.tail_lines,
                                    .limit_bytes = kMostBytes,
                                    .timestamps = true,
                                    .since = container.newest.value_or(rules_.since)});
  if (!log.ok()) {
    if (std::exchange(container.told, true)) return {};
    const std::string why =
        absl::StrCat("the log cannot be read: ", FailureOf(log.status()).message());
    return {LineOf(container, why)};
  }
  const std::optional<absl::Time> before = container.newest;
  std::vector<v1::PodLogLine> lines = LinesIn(*log, container);
  // Cut off at the bound: the rest is read next.
  const bool cut = log->size() >= size_t{kMostBytes} && container.newest != before;
  if (cut) {
    round_.push_front(key);
  } else if (!rules_.follow || rules_.previous) {
    container.ended = true;
  }
  if (!container.newest.has_value()) container.newest = rules_.since;
  return lines;
}

std::vector<v1::PodLogLine> PodLog::LinesIn(absl::string_view text, Container& container) const {
  std::vector<v1::PodLogLine> lines;
  const absl::Time before = container.newest.value_or(absl::InfinitePast());
  for (const absl::string_view stamped : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const size_t space = std::min(stamped.find(' '), stamped.size());
    const auto time = ParseRfc3339(stamped.substr(0, space));
    // Lines of the same second come again; what has no time is the kubelet's own.
    if (!time.has_value() || *time <= before) continue;
    container.newest = std::max(container.newest.value_or(*time), *time);
    v1::PodLogLine line = LineOf(container, stamped.substr(std::min(space + 1, stamped.size())));
    *line.mutable_time() = ToProto(*time);
    lines.push_back(std::move(line));
  }
  return lines;
}

v1::PodLogLine PodLog::LineOf(const Container& container, absl::string_view text) const {
  v1::PodLogLine line;
  line.set_pod(container.pod);
  line.set_namespace_(container.ns);
  line.set_container(container.name);
  line.set_line(mask_->Text(ValidUtf8(CutAtCharacter(text, kLongestLine))));
  return line;
}

}  // namespace wheelhouse::inspection
