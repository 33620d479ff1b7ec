#include "server/kube/readiness/warnings.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "common/status_macros.h"
#include "common/time.h"

namespace wheelhouse::kube {
namespace {

absl::Time LastOf(const Json& event) {
  for (const char* at : {"/series/lastObservedTime", "/lastTimestamp", "/eventTime",
                         "/metadata/creationTimestamp"}) {
    if (const auto time = ParseRfc3339(Text(event, at)); time.has_value()) return *time;
  }
  return absl::InfinitePast();
}

}  // namespace

std::string Warning::ToString() const {
  return absl::StrCat(kind, " ", name, ": ", reason, ": ", message,
                      count > 1 ? absl::StrCat(" (", count, " times)") : "");
}

Warning WarningOf(const Json& event) {
  return {.kind = Text(event, "/involvedObject/kind"),
          .ns = Text(event, "/involvedObject/namespace"),
          .name = Text(event, "/involvedObject/name"),
          .uid = Text(event, "/involvedObject/uid"),
          .reason = Text(event, "/reason"),
          .message = Text(event, "/message"),
          .count = std::max({int64_t{1}, Int(event, "/count"), Int(event, "/series/count")}),
          .last = LastOf(event)};
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
