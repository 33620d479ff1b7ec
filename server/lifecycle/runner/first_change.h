// A chart's first change to the cluster: the claims that are taken before it, and whether others
// have changed the release in between.
#pragma once

#include <absl/status/statusor.h>

#include <optional>

#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/known.h"

namespace wheelhouse::lifecycle {

// Used by one thread.
class FirstChange {
 public:
  // All are lent.
  FirstChange(const Chart& chart, Known& known, const BeforeFirstChange& before)
      : chart_(chart), known_(known), before_(before) {}

  // Takes the claims, or waits for them within `context`.
  absl::StatusOr<Meanwhile> Claim(const Context& context);
  // The same for a chart that only has to undo something: within ToUndo(), however long the cluster
  // does not answer. Leaves to ResolveDoubt what CheckOvertaken is asked.
  absl::Status ClaimToUndo();
  // Whether the last attempt took them.
  bool claimed() const { return claimed_; }

  // Whether the release is still as it was when the decision was made.
  absl::StatusOr<bool> Stands(Meanwhile meanwhile) const;

  // Remembers the existing records, so that CheckOvertaken recognizes those that others make later.
  void NoteRecords();

  // LEASE_LOST when others have made a revision since this run's first change: the run can neither
  // continue nor undo its changes. After another error that is not known, which is a doubt.
  absl::Status CheckOvertaken(Meanwhile meanwhile);
  bool doubtful() const { return doubt_.has_value(); }
  // Asks until there is no doubt, or ToUndo() ends: nothing may be undone before. As
  // CheckOvertaken; OK without a doubt.
  absl::Status ResolveDoubt();

  // The bound for undoing.
  Context ToUndo() const;

 private:
  absl::Status LookForOthers();

  const Chart& chart_;
  Known& known_;
  const BeforeFirstChange& before_;
  bool claimed_ = false;
  std::optional<Meanwhile> doubt_;  // what CheckOvertaken was asked, and could not answer
};

}  // namespace wheelhouse::lifecycle
