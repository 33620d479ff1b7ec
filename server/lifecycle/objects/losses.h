// What is lost for good when a chart goes through its stages: CustomResourceDefinitions with custom
// resources of others, and PersistentVolumeClaims. Refused unless the request allows it.
//
// A custom resource that goes with the same release as its CRD, or that belongs to one that does,
// is not a loss: the caller asks for its deletion. One that is to stay, or belongs to somebody
// else, is a loss.
#pragma once

#include <absl/status/status.h>

#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"

namespace wheelhouse::lifecycle {

// Adds to Decided.losses what is lost when helm uninstalls a release that holds `manifest`, and
// Trail.doomed_crds are deleted after it. helm reads helm.sh/resource-policy: keep from the
// manifest, whatever the live object says.
absl::Status FindLossesOfUninstall(const Context& context, const Chart& chart, const Trail& trail,
                                   Decided& decided, const std::vector<ManifestObject>& manifest);

// Adds to Decided.losses what is lost when helm goes from one manifest to another: helm keeps
// dropped objects that have the annotation live.
absl::Status FindLossesOfChange(const Context& context, const Chart& chart, Decided& decided,
                                const std::vector<ManifestObject>& from,
                                const std::vector<ManifestObject>& to);

// Whether anything can be lost with these objects.
bool MayLose(const std::vector<ManifestObject>& objects);

// CRD_IN_USE or VOLUME_LOSS, by the first refused one of Decided.losses, naming all refused ones.
// OK in a preview, which reports them.
absl::Status RefuseLosses(const Chart& chart, const Decided& decided);

// CRD_IN_USE while there are custom resources of the named CRDs, unless allow.crd_loss is set.
absl::Status RefuseLive(const Context& context, const Chart& chart,
                        const std::vector<std::string>& names);

}  // namespace wheelhouse::lifecycle
