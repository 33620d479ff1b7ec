// What keeps a pod from starting, and when waiting for it is given up. Pure functions.
#pragma once

#include <absl/time/time.h>

#include <string>
#include <vector>

#include "server/kube/json.h"
#include "wheelhouse/v1/chart.pb.h"

namespace wheelhouse::kube {

// A container (or init container) that waits for something that may never happen.
struct Trouble {
  std::string container;
  std::string reason;  // `ImagePullBackOff`
  std::string message;
  int64_t restarts = 0;

  // Reasons that alternate are of one kind: ErrImagePull and ImagePullBackOff.
  std::string Kind() const;
  // `container web: CrashLoopBackOff after 5 restarts: ...`.
  std::string ToString() const;
};

std::vector<Trouble> TroublesOf(const Json& pod);

// The trouble of a pod's first troubled container, `ImagePullBackOff: ...`; empty when there is
// none.
std::string PodTrouble(const Json& pod);

// Whether waiting longer cannot help, by the rules of EarlyFailure, after this kind of trouble has
// lasted for `lasting`. At once: InvalidImageName, ErrImageNeverPull. After the bounds of `rules`:
// image pulls, crash loops. Nothing else.
bool Hopeless(const Trouble& trouble, const v1::EarlyFailure& rules, absl::Duration lasting);

}  // namespace wheelhouse::kube
