// What must hold for a manifest before it is applied. There is one list of rules, asked in two
// places: in check about the forecast, so that what can be refused is refused before anything is
// changed, and at the gate (upgrade_gate.h) about what helm is about to apply, whatever check
// believed.
#pragma once

#include <absl/status/status.h>

#include <vector>

#include "common/context.h"
#include "common/formats/manifest.h"
#include "server/helm/record_size.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// A release goes from one manifest to another.
struct ManifestChange {
  std::vector<ManifestObject> objects;  // what is to be applied, hooks included
  std::vector<ManifestObject> stored;   // what is deployed, without hooks; empty: nothing is
  helm::InRecord chart_in_record;       // what helm's record of it holds besides
  // At the gate: the objects that check has asked the rules about; lent. nullptr in check.
  const std::vector<ManifestObject>* foreseen = nullptr;
};

// Stateless. A new rule is a class in a file of its own and a row in manifest_rule.cpp. It reads
// the cluster as it likes and changes nothing.
class ManifestRule {
 public:
  virtual ~ManifestRule() = default;
  // OK, or why the change must not be made, naming the object. Adds what would be lost to
  // Decided.losses, refused or not. At the gate this is called on helm's thread of the gate, while
  // helm waits.
  virtual absl::Status Check(const Context& context, const Chart& chart,
                             const ManifestChange& change, Decided& decided) const = 0;
};

// Asks all rules, in their order, until one refuses; returns its refusal.
absl::Status AskRules(const Context& context, const Chart& chart, const ManifestChange& change,
                      Decided& decided);

}  // namespace wheelhouse::lifecycle
