// Which plan a release belongs to: that of the run that deployed it last. It is kept as labels of
// the release's record, which count as all of ours do (ReleaseRecord::OurLabel): a revision that
// helm alone has made belongs to no plan.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/sha256.h"
#include "server/helm/releases.h"

namespace wheelhouse::lifecycle {

// A plan, as a release belongs to it. A value.
struct Membership {
  std::string plan;         // Plan.name; empty: of no plan
  std::string owner;        // whose plan it is (OwnerOf): two callers may each have a `platform`
  std::optional<int> rank;  // in the plan's order, 0 first (plan::RanksOf); nullopt: not known
};

// The label for a caller, whose name may have characters that a label's value must not have: 128
// bits, since the value has at most 63 characters. (Here, since runs/ has no library of
// lifecycle/.)
inline std::string OwnerOf(const std::string& caller) { return Sha256Hex(caller).substr(0, 32); }

// What the record says. Without a plan when its labels do not count.
Membership MembershipOf(const helm::ReleaseRecord& record);

// Whether the record's release belongs to the same plan, whatever the rank.
bool BelongsTo(const helm::ReleaseRecord& record, const Membership& plan);

// The labels of a new revision that is to belong to `plan`. `newest` is the record whose labels
// helm copies; nullptr: there is none. An empty value stands for a label that is to be removed.
std::map<std::string, std::string> LabelsFor(const Membership& plan,
                                             const helm::ReleaseRecord* newest);

}  // namespace wheelhouse::lifecycle
