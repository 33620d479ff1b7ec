// Shared by the step kinds that name objects.
#pragma once

#include <set>
#include <string>

#include "server/plan/fields/field_checks.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::plan {

using ObjectRefs = google::protobuf::RepeatedPtrField<v1::ObjectRef>;
using ObjectSelectors = google::protobuf::RepeatedPtrField<v1::ObjectSelector>;

void CheckRef(const v1::ObjectRef& ref, const std::string& path, FieldViolations* wrong);
// At least one reference or selector; no selector may have an empty label_selector.
void CheckRefs(const ObjectRefs& refs, const ObjectSelectors& selectors, const std::string& path,
               FieldViolations* wrong);
// Checks all fields except label_selector: whether that may be empty depends on where the selector
// is used.
void CheckSelector(const v1::ObjectSelector& selector, const std::string& path,
                   FieldViolations* wrong);

// Adds the namespaces that they name, and those that are named as objects.
void AddNamespaces(const ObjectRefs& refs, const ObjectSelectors& selectors,
                   std::set<std::string>* namespaces);

// Whether the pods of a workload of that kind can be restarted: Deployment, StatefulSet, DaemonSet.
bool Restartable(const std::string& kind);

}  // namespace wheelhouse::plan
