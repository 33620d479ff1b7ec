// Objects that exist without helm and become a release's own, and the way back.
//
// helm 4 applies server-side, without force on a first install whatever its flags say (#32069), so
// that every field which another manager owns and the chart sets to something else is a conflict.
// Forcing our own apply first would begin the change outside of helm's record, and would leave
// fields of equal value with two owners: the next upgrade would meet the conflict. So adoption
// takes exactly the fields that the chart sets out of the other managers' managedFields entries, in
// the same patch that sets helm's ownership marks: nothing but metadata changes, what the chart
// does not set stays with its owner, and helm's own apply finds nobody to conflict with. helm 3
// patches client-side and ignores field owners.
#pragma once

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

#include "server/lifecycle/core/chart.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::lifecycle {

enum class Owner { kNobody, kThisRelease, kAnotherRelease };

// The release that helm's annotations of an object name; empty where there are none.
struct MarkedRelease {
  std::string ns, name;
  bool empty() const { return ns.empty() && name.empty(); }
  std::string ToString() const { return ns + "/" + name; }
};
MarkedRelease ReleaseMarkedOn(const kube::Json& object);

// By helm's own marks: the label app.kubernetes.io/managed-by and the annotations meta.helm.sh/*.
Owner OwnerOf(const Chart& chart, const kube::Json& object);

// OWNERSHIP_CONFLICT, naming both releases, when the object belongs to another one, so that this
// one cannot `verb` it.
absl::Status RefuseAnothers(const Chart& chart, const kube::ObjectId& id, const kube::Json& object,
                            const std::string& verb);

// Removes the marks of an object.
void RemoveMarks(kube::Json* object);

// An object that an adopt step names and the chart renders.
struct Candidate {
  kube::ObjectId id;
  const ManifestObject* rendered;  // in Found.forecast
  kube::Json live;
  Owner owner = Owner::kNobody;  // not another release
};

// Those of `refs` that exist. Adds those that the chart does not render to `not_rendered`, as kind
// and name. OWNERSHIP_CONFLICT, naming both releases, when one belongs to another release.
absl::StatusOr<std::vector<Candidate>> FindCandidates(const Context& context, const Chart& chart,
                                                      const Found& found,
                                                      const std::vector<v1::ObjectRef>& refs,
                                                      std::vector<std::string>* not_rendered);

// For check_prerequisites, when the chart is rendered: does nothing when no adopt step is going to
// run. Refuses what belongs to another release, and finds Found.absent.
absl::Status LookBeforeAdopting(const Context& context, const Chart& chart, Found& found,
                                Trail& trail);

// What a run has adopted, for remediation.
struct Adopted {
  kube::Json absent;  // rendered objects that check saw absent: apiVersion, kind, namespace, name
  std::vector<kube::Json> saved;  // the adopted ones, as they were
};

// nullopt when the run has adopted nothing.
absl::StatusOr<std::optional<Adopted>> ReadAdopted(const Chart& chart);
// Adds objects to what is kept; one that is kept already stays as it was first seen, for a killed
// daemon may have changed it since. Durable before it returns.
// What an older run has kept so, from which this one takes over, is kept, too.
absl::Status KeepAdopted(const Chart& chart, const Found& found, std::vector<kube::Json> objects,
                         const Trail& trail);
// What such an older run has adopted; nullopt when it has adopted nothing.
absl::StatusOr<std::optional<Adopted>> AdoptedBy(const Chart& chart, const Trail& trail);

// Sets helm's marks, and removes the fields that the chart sets from their managers. Repeatable.
absl::Status TakeOver(const Context& context, const Chart& chart, Trail& trail,
                      const Candidate& candidate);

}  // namespace wheelhouse::lifecycle
