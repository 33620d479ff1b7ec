// The rules that manifest_rule.cpp lists.
#pragma once

#include "server/lifecycle/gate/manifest_rule.h"

namespace wheelhouse::lifecycle {

// NAMESPACE_NOT_ALLOWED for an object outside the namespaces that the run holds.
class NamespacesRule final : public ManifestRule {
 public:
  absl::Status Check(const Context& context, const Chart& chart, const ManifestChange& change,
                     Decided& decided) const override;
};

// CHART_TOO_LARGE for what helm could not record (helm/record_size.h).
class RecordSizeRule final : public ManifestRule {
 public:
  absl::Status Check(const Context& context, const Chart& chart, const ManifestChange& change,
                     Decided& decided) const override;
};

// VOLUME_LOSS and CRD_IN_USE (objects/losses.h) for what the new manifest drops, unless the request
// allows it.
class LossesRule final : public ManifestRule {
 public:
  absl::Status Check(const Context& context, const Chart& chart, const ManifestChange& change,
                     Decided& decided) const override;
};

// OWNERSHIP_CONFLICT, naming both releases, for an object of another release; hooks carry no marks
// of an owner. helm refuses it too, before it changes anything, so the gate asks only about objects
// that check has not seen. A plan whose own steps run before helm may change the owner first: then
// check asks nothing, and the gate or helm decides.
class OwnershipRule final : public ManifestRule {
 public:
  absl::Status Check(const Context& context, const Chart& chart, const ManifestChange& change,
                     Decided& decided) const override;
};

}  // namespace wheelhouse::lifecycle
