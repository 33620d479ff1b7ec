// Releases that earlier versions of a plan made and that are no longer in it: which there are, and
// which of them may be destroyed (Plan.prune).
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/context.h"
#include "server/helm/releases.h"
#include "server/kube/kube_client.h"
#include "server/lifecycle/core/membership.h"
#include "server/plan/prune.h"

namespace wheelhouse::lifecycle {

// What the plan, which is prepared and has a name, no longer has: neither among its charts nor
// among those that were not selected. With Plan.prune, what may be destroyed becomes charts of it.
// `owner` is whose plan it is (OwnerOf). Sorted by namespace and name.
//
// One list of metadata, and one for each release that is found. Where the credentials may not list
// the records of all namespaces, those of the plan's namespaces are looked at. Errors: those of
// reading the cluster; without Plan.prune they become a note.
absl::StatusOr<plan::LeftBehind> LookBack(const Context& context, kube::KubeClient& client,
                                          const std::string& owner,
                                          const std::set<std::string>& protected_namespaces,
                                          const plan::Maxima& maxima, plan::PreparedPlan* prepared);

// Why a release that Plan.prune was to destroy is to be kept after all; nullopt: it is still one
// that `plan` has left behind, with `record` as its newest by uid, or it is gone. `records` are all
// of its records, newest first.
std::optional<std::string> WhyNotPruned(const std::vector<helm::ReleaseRecord>& records,
                                        const std::string& record, const Membership& plan,
                                        const std::set<std::string>& protected_namespaces);

}  // namespace wheelhouse::lifecycle
