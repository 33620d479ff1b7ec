// What the step kinds that name objects share.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "common/failure.h"
#include "server/lifecycle/chart_context.h"
#include "wheelhouse/v1/step.pb.h"

namespace wheelhouse::lifecycle {

using ObjectRefs = google::protobuf::RepeatedPtrField<v1::ObjectRef>;
using ObjectSelectors = google::protobuf::RepeatedPtrField<v1::ObjectSelector>;

void CheckRef(const v1::ObjectRef& ref, const std::string& path,
              std::vector<FieldViolation>* wrong);
void CheckRefs(const ObjectRefs& refs, const ObjectSelectors& selectors, const std::string& path,
               std::vector<FieldViolation>* wrong);
// But for label_selector: where an empty one is fine is the caller's to say.
void CheckSelector(const v1::ObjectSelector& selector, const std::string& path,
                   std::vector<FieldViolation>* wrong);
void AddNamespaces(const ObjectRefs& refs, const ObjectSelectors& selectors,
                   std::set<std::string>* namespaces);

// The named objects, and those that the selectors match now.
absl::StatusOr<std::vector<kube::ObjectId>> FindObjects(const Context& context, ChartContext& chart,
                                                        const ObjectRefs& refs,
                                                        const ObjectSelectors& selectors);

}  // namespace wheelhouse::lifecycle
