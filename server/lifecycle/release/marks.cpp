#include "server/lifecycle/release/marks.h"

#include <absl/strings/str_cat.h>

#include "server/lifecycle/core/membership.h"
#include "server/lifecycle/release/protection.h"

namespace wheelhouse::lifecycle {
namespace {

// Those of LabelsFor that the record does not have.
std::map<std::string, std::string> MissingLabels(const Membership& plan,
                                                 const helm::ReleaseRecord& record) {
  std::map<std::string, std::string> missing;
  // Whoever deploys a release by itself, without a change, does not take it out of its plan.
  if (plan.plan.empty()) return missing;
  for (const auto& [key, value] : LabelsFor(plan, &record)) {
    const auto is = record.labels.find(key);
    if (is == record.labels.end() || is->second != value) missing[key] = value;
  }
  return missing;
}

}  // namespace

Marks MarksToSet(const Chart& chart, const Found& found, const Decided& decided) {
  Marks marks;
  const bool unchanged = decided.decision == v1::DECISION_UNCHANGED &&
                         chart.info().action() == v1::ACTION_DEPLOY && !found.records.empty();
  if (!unchanged) return marks;
  const helm::ReleaseRecord& newest = found.records[0];
  if (const auto protection = ProtectionToSet(chart.info(), &newest); protection.has_value()) {
    marks.labels[helm::kProtectedLabel] = *protection;
    marks.done = protection->empty() ? "is no longer protected" : "is protected";
    marks.expected = protection->empty() ? "ends the protection" : "protects the release";
  }
  const Membership& plan = chart.asked.request.plan;
  if (auto labels = MissingLabels(plan, newest); !labels.empty()) {
    marks.labels.merge(labels);
    absl::StrAppend(&marks.done, marks.done.empty() ? "" : "; ", "belongs to the plan ", plan.plan);
  }
  return marks;
}

}  // namespace wheelhouse::lifecycle
