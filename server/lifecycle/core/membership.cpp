#include "server/lifecycle/core/membership.h"

#include <absl/strings/numbers.h>

namespace wheelhouse::lifecycle {

Membership MembershipOf(const helm::ReleaseRecord& record) {
  Membership found{record.OurLabel(helm::kPlanLabel), record.OurLabel(helm::kPlanOwnerLabel), {}};
  int rank = 0;
  if (absl::SimpleAtoi(record.OurLabel(helm::kPlanRankLabel), &rank)) found.rank = rank;
  return found;
}

bool BelongsTo(const helm::ReleaseRecord& record, const Membership& plan) {
  const Membership found = MembershipOf(record);
  return !plan.plan.empty() && found.plan == plan.plan && found.owner == plan.owner;
}

std::map<std::string, std::string> LabelsFor(const Membership& plan,
                                             const helm::ReleaseRecord* newest) {
  std::map<std::string, std::string> labels;
  const auto remove = [&](const char* key) {
    if (newest != nullptr && newest->labels.contains(key)) labels[key] = "";
  };
  if (plan.plan.empty()) {
    for (const char* key : {helm::kPlanLabel, helm::kPlanOwnerLabel, helm::kPlanRankLabel})
      remove(key);
    return labels;
  }
  labels[helm::kPlanLabel] = plan.plan;
  labels[helm::kPlanOwnerLabel] = plan.owner;
  if (plan.rank.has_value()) {
    labels[helm::kPlanRankLabel] = std::to_string(*plan.rank);
  } else if (newest != nullptr && !BelongsTo(*newest, plan)) {
    remove(helm::kPlanRankLabel);  // in the order of another plan
  }
  return labels;
}

}  // namespace wheelhouse::lifecycle
