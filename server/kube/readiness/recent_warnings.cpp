#include "server/kube/readiness/recent_warnings.h"

#include <algorithm>
#include <utility>

#include "common/failure.h"

namespace wheelhouse::kube {
namespace {

constexpr absl::Duration kQuiet = absl::Seconds(1);

}  // namespace

void RecentWarnings::Refresh(const Context& context, const std::set<std::string>& namespaces) {
  const absl::Time now = clock_.Now();
  begun_ = std::min(begun_, now);
  if (now - begun_ < kQuiet) return;
  for (const std::string& ns : namespaces) {
    if (ns.empty() || unreadable_.contains(ns)) continue;
    auto listed = ListWarnings(context, client_, ns);
    if (listed.ok()) {
      warnings_[ns] = *std::move(listed);
    } else if (HasReason(listed.status(), Reason::kPermissionDenied)) {
      unreadable_.insert(ns);
    }
  }
}

std::vector<Warning> RecentWarnings::About(const std::string& ns, const std::string& uid) const {
  std::vector<Warning> about;
  const auto found = warnings_.find(ns);
  if (found == warnings_.end()) return about;
  for (const Warning& one : found->second) {
    if (one.uid == uid) about.push_back(one);
  }
  return about;
}

}  // namespace wheelhouse::kube
