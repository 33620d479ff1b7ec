#include "server/kube/readiness/warnings.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse::kube {
namespace {

std::string TimeOf(const Json& event) {
  for (const char* at : {"/series/lastObservedTime", "/lastTimestamp", "/eventTime"}) {
    if (std::string time = Text(event, at); !time.empty()) return time;
  }
  return Text(event, "/metadata/creationTimestamp");
}

}  // namespace

std::string Warning::ToString() const {
  return absl::StrCat(kind, " ", name, ": ", reason, ": ", message,
                      count > 1 ? absl::StrCat(" (", count, " times)") : "");
}

Warning WarningOf(const Json& event) {
  const std::string time = TimeOf(event);
  return {.kind = Text(event, "/involvedObject/kind"),
          .ns = Text(event, "/involvedObject/namespace"),
          .name = Text(event, "/involvedObject/name"),
          .uid = Text(event, "/involvedObject/uid"),
          .about = event.value("involvedObject", Json::object()),
          .reason = Text(event, "/reason"),
          .message = Text(event, "/message"),
          .count = std::max({int64_t{1}, Int(event, "/count"), Int(event, "/series/count")}),
          .last = ParseRfc3339(time).value_or(absl::InfinitePast()),
          .time = time};
}

absl::StatusOr<std::vector<Warning>> ListWarnings(const Context& context, KubeClient& client,
                                                  const std::string& ns) {
  ListOptions options{.ns = ns};
  options.field_selector = "type=Warning";
  ASSIGN_OR_RETURN(const ObjectList list,
                   client.List(context, {"", "v1", "Event", "events", true}, options));
  std::vector<Warning> warnings;
  warnings.reserve(list.items.size());
  for (const Json& event : list.items) warnings.push_back(WarningOf(event));
  std::ranges::sort(warnings, std::greater<>(), &Warning::last);
  return warnings;
}

}  // namespace wheelhouse::kube
