// CustomResourceDefinitions: of crds/ folders, of crd_files and of the step `crds`. They do not
// belong to a namespace that a run could hold: whoever reads and writes them holds the cluster's
// crd_writes() meanwhile, but not while waiting.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"
#include "server/plan/fields/crd_files.h"

namespace wheelhouse::lifecycle {

using plan::Crds;
using plan::kCrd;

kube::ObjectId CrdId(const std::string& name);

// What the chart brings in crd_files and in the crds/ folders of itself and of its subcharts (the
// enabled ones, once it was rendered), in that order.
struct ChartCrds {
  Crds crds;
  // What else lies in the folders: helm creates it on install like the CRDs, and forgets it.
  std::vector<ManifestObject> others;
};

// What a CRD's document defines. Empty where it does not say so; whether it may be applied is for
// the API server to say.
struct DefinedKind {
  std::string group, kind;
  std::vector<std::string> versions;  // those that are served
};
DefinedKind KindDefinedBy(const ManifestObject& crd);

// CHART_INVALID where a folder holds what is no object, or an object without a name.
absl::StatusOr<ChartCrds> CrdsOf(const Asked& asked, const Found& found);

// Whether a deployment writes CRDs before helm is asked: the chart or the plan brings some.
bool WritesCrds(const v1::ChartInfo& info, const Found& found);

// OK when all of it can be read and is in the run's namespaces; NAMESPACE_NOT_ALLOWED else.
absl::Status CheckCrds(const Chart& chart, const Found& found);

struct CrdsWritten {
  int created = 0;
  int replaced = 0;
};

// Creates those that do not exist and, with `replace`, brings the others to what the documents
// hold; of two with one name the first counts. Waits until all are Established and served, so that
// custom resources can be written next. APPLY_REJECTED is the API server's refusal, for example to
// drop a version that is still stored.
absl::StatusOr<CrdsWritten> WriteCrds(const Context& context, const Chart& chart, Trail& trail,
                                      const Crds& crds, bool replace);

// Creates those of `others` that do not exist, in the chart's namespace where they name none, and
// waits until they are ready. Their kinds may be those of CRDs that were just written. Returns what
// was created.
absl::StatusOr<std::vector<kube::ObjectId>> CreateBesideCrds(
    const Context& context, const Chart& chart, Trail& trail,
    const std::vector<ManifestObject>& others);

// Deletes those that exist and waits until they are gone, and their custom resources with them.
// Returns how many there were. CRD_IN_USE while there are custom resources, unless allow.crd_loss
// is set; OWNERSHIP_CONFLICT, with nothing deleted, when one belongs to another release.
absl::StatusOr<int> DeleteCrds(const Context& context, const Chart& chart, Trail& trail,
                               const std::vector<std::string>& names);

}  // namespace wheelhouse::lifecycle
