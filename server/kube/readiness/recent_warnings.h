// The Warning events of namespaces, as they were a moment ago.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/context.h"
#include "server/kube/readiness/warnings.h"

namespace wheelhouse::kube {

// Lives for one wait. What may not be read is empty, and is not asked for again. Used by one
// thread.
class RecentWarnings {
 public:
  // Both are lent.
  RecentWarnings(KubeClient& client, const Clock& clock) : client_(client), clock_(clock) {}

  // In the first second of a wait nothing is read: most waits are over by then.
  void Refresh(const Context& context, const std::set<std::string>& namespaces);

  // The newest first, by namespace.
  const std::map<std::string, std::vector<Warning>>& all() const { return warnings_; }
  // Those about the object with this uid in this namespace, the newest first.
  std::vector<Warning> About(const std::string& ns, const std::string& uid) const;

 private:
  KubeClient& client_;
  const Clock& clock_;
  absl::Time begun_ = absl::InfiniteFuture();
  std::set<std::string> unreadable_;
  std::map<std::string, std::vector<Warning>> warnings_;
};

}  // namespace wheelhouse::kube
