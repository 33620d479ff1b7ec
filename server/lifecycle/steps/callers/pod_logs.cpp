#include "server/lifecycle/steps/callers/pod_logs.h"

#include <absl/strings/str_cat.h>

#include "server/lifecycle/steps/callers/program_output.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr kube::LogOptions kFromTheBeginning{.tail_lines = 1 << 30, .limit_bytes = 1 << 20};

}  // namespace

PodLogFollower::PodLogFollower(const Context& context, const Chart& chart,
                               std::function<std::vector<kube::Json>(const Context&)> pods)
    : context_(context), chart_(chart), pods_(std::move(pods)) {
  thread_ = std::thread([this] {
    do {
      Look(until_stopped_, false);
    } while (until_stopped_.Sleep(absl::Seconds(1)).ok());
  });
}

void PodLogFollower::Stop() {
  if (!thread_.joinable()) return;
  until_stopped_.Cancel(absl::CancelledError());
  thread_.join();
  Look(context_, true);
}

void PodLogFollower::Look(const Context& context, bool last) {
  for (const kube::Json& pod : pods_(context)) {
    for (const char* list : {"/spec/initContainers", "/spec/containers"}) {
      for (const kube::Json& container : kube::List(pod, list)) {
        const auto log = chart_.kube().PodLogs(context, kube::Text(pod, "/metadata/namespace"),
                                               kube::Text(pod, "/metadata/name"),
                                               kube::Text(container, "/name"), kFromTheBeginning);
        if (log.ok()) ReportLines(pod, container, *log, last);
      }
    }
  }
}

void PodLogFollower::ReportLines(const kube::Json& pod, const kube::Json& container,
                                 const std::string& text, bool last) {
  const std::string name = kube::Text(pod, "/metadata/name");
  size_t& reported = reported_[{kube::Text(pod, "/metadata/uid"), kube::Text(container, "/name")}];
  // A container that was restarted begins anew.
  if (reported > text.size()) reported = 0;
  for (size_t end; reported < text.size(); reported = end + 1) {
    end = text.find('\n', reported);
    if (end == std::string::npos) {
      if (!last) break;
      end = text.size();
    }
    chart_.report.Log(name, absl::string_view(text).substr(reported, end - reported));
  }
  if (!text.empty()) tails_[name] = ShortTail(chart_.report.Mask(text));
}

}  // namespace wheelhouse::lifecycle
