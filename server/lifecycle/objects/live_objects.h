// What the cluster has of the objects of a manifest.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

struct LiveObject {
  enum class State {
    kPresent,
    kAbsent,
    kUnserved,    // the cluster does not serve its kind in that version
    kUnreadable,  // it may not be read
  };

  const ManifestObject* object = nullptr;  // lent by the caller of LookUp
  State state = State::kAbsent;
  kube::ObjectId id;  // unset when it is kUnserved
  kube::Json live;    // its apiVersion, kind and metadata, when it is kPresent

  bool present() const { return state == State::kPresent; }
  // `Deployment demo/web`, also of a kind that is not served.
  std::string ToString(const Chart& chart) const;
};

// Looks for each of `objects`, which are lent to the answer, in their order; hooks are left out,
// and so are objects whose name the API server makes (generateName). Reads metadata only: one list
// for each kind and namespace with more than a few objects, narrowed by helm's label, and a second
// one without it only where some seem to be absent; none for what shared lists show
// (Chart::Glimpse). Looks into namespaces that the run does not
// hold, too: it only looks. Errors: KubeClient's, but for what a LiveObject tells.
absl::StatusOr<std::vector<LiveObject>> LookUp(const Context& context, const Chart& chart,
                                               const std::vector<ManifestObject>& objects);

// `Deployment demo/a, Service demo/b and 3 more`.
std::string NamesOf(const std::vector<std::string>& names);

}  // namespace wheelhouse::lifecycle
