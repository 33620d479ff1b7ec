// What runs/ asks of the lifecycle for one chart, and what bounds it.
#pragma once

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "common/context.h"
#include "common/failure.h"
#include "common/principal.h"
#include "server/kube/cluster.h"
#include "server/kube/shared_reads.h"
#include "server/lifecycle/core/membership.h"
#include "server/lifecycle/core/slot.h"
#include "wheelhouse/v1/plan.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::lifecycle {

// A chart that was running when the daemon ended or lost the claims that the chart depends on.
struct Resume {
  v1::ChartRun chart;        // as it was
  std::string memory;        // the newest JournalNote's
  bool lost_claims = false;  // else the daemon ended
};

// An older run of the release that was asked to stop for this one, with what it has made of it.
struct Predecessor {
  std::string run_id;
  v1::ChartRun chart;  // as it ended
  std::string memory;  // the newest JournalNote's
};

// The detail of a failure that ends its step whatever the step's retry says: it must not be tried
// again, or that would be of no use.
inline constexpr char kFinalDetail[] = "final";
bool IsFinal(const absl::Status& status);

struct ChartRequest {
  std::string run_id;
  std::string caller;                // the name of the principal that runs the plan
  Principal archives_of;             // the caller whose uploaded charts are used
  Membership plan;                   // that the run is of, and so what it deploys
  v1::ChartInfo chart;               // of a plan that plan::Prepare has made
  kube::Cluster* cluster = nullptr;  // lent
  Slot* slot = nullptr;              // lent; nullptr: none is counted
  // What the chart's checks share with those of other charts of the run, lent; nullptr: nothing.
  kube::SharedReads* shared_reads = nullptr;
  // When the chart could begin, by SteadyNow: what it depends on had ended. Infinite: it is not
  // known.
  absl::Duration ready_since = absl::InfiniteDuration();
  std::set<std::string>
      namespaces;  // the run's keys: nothing is touched outside; empty for an exclusive run (all)
  bool preview = false;          // check, decide, report what would be done; change nothing
  bool saves_plan = false;       // a preview, of which everything that applying it needs is kept
  std::string saved_plan;        // the one that the run applies, by id; empty: none
  std::optional<Resume> resume;  // resumes at the first step that was not seen to end
  std::optional<Predecessor> predecessor;
};

// What bounds a chart's stages.
struct Bounds {
  // A cancel's cause is CANCELLED, the deadline's DEADLINE_EXCEEDED, shutdown's INTERRUPTED. When
  // claims are lost all end with LEASE_LOST.
  Context work;     // ends with the plan's deadline, a cancel, fail_fast, shutdown
  Context failure;  // for what must be done after that: ends with shutdown only
  Context undo =
      failure;  // for undoing and for callers' steps in that time: ends with a forced cancel too
  // Ends, with SUPERSEDED, when a newer run takes over: waits end at once, a step that changes
  // something is finished, no other begins, and nothing is undone.
  Context halt = Context::Background();

  bool halted() const { return !halt.Check().ok(); }
  // A forced cancel: evidence is collected and nothing is left locked, but nothing is remediated.
  bool forced() const { return HasReason(undo.Check(), Reason::kCancelled); }
  // The bound of a default step that runs after a forced cancel.
  Context AfterForce() const;
  // LEASE_LOST when the claims that the chart depends on are lost.
  absl::Status LostClaims() const;
  // Whether `status` means that the chart stops where it is, to be resumed: the daemon is shutting
  // down, or has lost the claims. No step turns that into a failure. What is final (IsFinal) is a
  // step's own failure.
  bool Stops(const absl::Status& status) const;
};

// What others may have done between a chart's decision and its first change.
enum class Meanwhile {
  kNothing,    // nobody else can have been there, or nobody asks (claims are off)
  kPerhaps,    // the decision holds if the release is as it was read
  kSomething,  // the run waited for somebody else, or somebody came in between
};

// Called just before a chart's first change to the cluster (decide has found something to do), and
// once more before the failure stage where it failed; claims are taken here. It may wait for long;
// no stage's timeout runs meanwhile. Where others may have changed the release the chart is decided
// again, and the new decision replaces the old one. After an error the chart must not change
// anything.
using BeforeFirstChange = std::function<absl::StatusOr<Meanwhile>(const Context& context)>;

}  // namespace wheelhouse::lifecycle
