// What the daemon must not forget: runs, their events and their journal. In clear stand only ids,
// names, states, digests and times; plans, events and pictures are sealed by the implementation.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "wheelhouse/v1/event.pb.h"
#include "wheelhouse/v1/plan.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::store {

// The clear part of a run.
struct RunRow {
  std::string id;  // sorts by creation
  std::string request_id;
  std::string request_digest;  // Store::Digest of the request
  std::string caller;
  std::string plan_name;
  std::string cluster;
  v1::RunState state = v1::RUN_STATE_QUEUED;
  int64_t sequence = 0;  // of its newest event
  absl::Time create_time;
  absl::Time end_time = absl::InfinitePast();  // until it has ended
  bool plan_erased = false;                    // its plan has been replaced by one without values
  std::vector<std::string> namespaces;         // of its keys; for filters
  std::vector<std::string> releases;           // for filters
};

// What is sealed of a run. Empty where the key that sealed it is gone.
struct RunContents {
  std::optional<v1::Run> first;  // the picture before the first event
  std::optional<v1::Run> last;   // the picture after the last; once the run has ended
};

struct StoredRun {
  RunRow row;
  RunContents contents;
};

// Written in the same transaction as the transition it belongs to; what a restart resumes from.
struct JournalRow {
  std::string chart;  // NAMESPACE/NAME
  v1::Stage stage = v1::STAGE_UNSPECIFIED;
  int index = -1;  // of the step in its stage; -1 for the stage or the chart itself
  std::string step;
  int attempt = 0;
  v1::State state = v1::STATE_UNSPECIFIED;
  int intended_revision = 0;
  int baseline_revision = 0;
  std::string fingerprint;  // sealed
  std::string memory;       // sealed
};

// What a run was about to make of a release.
struct Intention {
  std::string run_id;
  std::string fingerprint;  // empty where the key that sealed it is gone
};

struct JournalledEvent {
  v1::RunEvent event;
  std::optional<JournalRow> journal;
};

// One transaction on one run.
struct Append {
  std::string run_id;
  // The first has the sequence after the run's newest one, and so on; otherwise nothing is written
  // and the answer is ABORTED.
  std::vector<JournalledEvent> events;
  // Compare-and-set: without `from` in the store, nothing is written and the answer is ABORTED.
  struct StateChange {
    v1::RunState from;
    v1::RunState to;
  };
  std::optional<StateChange> state;
  std::optional<v1::Run> last;   // with the change to an ended state
  std::optional<v1::Plan> plan;  // replaces the stored one: its values are erased
};

// `field op value`; all of a query must hold.
struct Condition {
  enum class Field { kState, kCluster, kCaller, kPlan, kNamespace, kRelease };
  Field field;
  bool equal = true;  // else: differs; for namespace and release: has none such
  std::string value;  // kState: the number of the RunState
};

struct Query {
  std::vector<Condition> conditions;
  std::string before_id;  // only older ones; empty: from the newest
  int limit = 50;         // of the page
};

// Newest first. A page may hold fewer runs than asked for, or none, and not be the last: a call
// looks at so many runs only.
struct Page {
  std::vector<RunRow> rows;
  std::string next;  // before_id of the next page; empty: this is the last
};

// What the store holds.
struct Usage {
  int64_t runs = 0;
  int64_t bytes = 0;  // without what is free for reuse
  int64_t free_bytes = 0;
};

// Thread-safe. Errors are STORE_UNAVAILABLE unless it says otherwise.
class Store {
 public:
  virtual ~Store() = default;

  // Durable when it returns OK. ALREADY_EXISTS (without a reason of ours) when the caller has a run
  // with this request_id that is not older than `since`: then FindRequest finds it.
  virtual absl::Status CreateRun(const RunRow& row, const v1::Plan& plan, const v1::Run& first,
                                 absl::Time since) = 0;

  // The caller's newest run with this request_id, not older than `since`.
  virtual absl::StatusOr<std::optional<RunRow>> FindRequest(const std::string& caller,
                                                            const std::string& request_id,
                                                            absl::Time since) = 0;

  // Whether writing is possible: OK when something was written, durably.
  virtual absl::Status TryWrite() = 0;

  // Keyed, so that what it digests cannot be guessed from the store alone.
  virtual std::string Digest(const std::string& bytes) const = 0;

  // Writes in the order of the calls; several calls share one flush to the disk. `done` is called
  // on the store's own thread, in the same order, once the append is durable or has failed; it must
  // not block on the store.
  using Done = std::function<void(const absl::Status&)>;
  virtual void AppendAsync(Append append, Done done) = 0;

  // nullopt: no such run.
  virtual absl::StatusOr<std::optional<StoredRun>> Load(const std::string& run_id) = 0;
  // Whole, until it is replaced. nullopt: no such run, or the key that sealed it is gone.
  virtual absl::StatusOr<std::optional<v1::Plan>> LoadPlan(const std::string& run_id) = 0;

  // Up to `limit` events after `after`, in order. Those that cannot be unsealed are left out.
  virtual absl::StatusOr<std::vector<v1::RunEvent>> Events(const std::string& run_id, int64_t after,
                                                           int limit) = 0;

  virtual absl::StatusOr<Page> List(const Query& query) = 0;

  // QUEUED and RUNNING runs, oldest first.
  virtual absl::StatusOr<std::vector<RunRow>> Unfinished() = 0;

  // Runs that ended before `before` and whose plan has not been replaced.
  virtual absl::StatusOr<std::vector<std::string>> PlansToErase(absl::Time before) = 0;
  // What was kept of the run goes with the plan's contents.
  virtual absl::Status ReplacePlan(const std::string& run_id, const v1::Plan& plan) = 0;

  // Keeps `bytes` of a run's chart (NAMESPACE/NAME) under `name`, in place of what stood there.
  virtual absl::Status Keep(const std::string& run_id, const std::string& chart,
                            const std::string& name, const std::string& bytes) = 0;
  // nullopt: nothing is kept there, or the key that sealed it is gone.
  virtual absl::StatusOr<std::optional<std::string>> Kept(const std::string& run_id,
                                                          const std::string& chart,
                                                          const std::string& name) = 0;

  // JournalRow.memory of the chart's newest row. nullopt: it has none, or it cannot be unsealed.
  virtual absl::StatusOr<std::optional<std::string>> NewestMemory(const std::string& run_id,
                                                                  const std::string& chart) = 0;

  virtual absl::StatusOr<Usage> GetUsage() = 0;

  // Up to `limit` runs that ended before `before`, in the order of their ends.
  virtual absl::StatusOr<std::vector<std::string>> EndedBefore(absl::Time before, int limit) = 0;

  // Deletes a part of a run that has ended, at most `most_events` of its events, so that a long run
  // holds up no other write; the run itself goes with the last part. True: it is gone. Of each
  // release the newest intentions outlive their runs, for a year: see FindIntention.
  virtual absl::StatusOr<bool> Prune(const std::string& run_id, int most_events) = 0;

  // Gives about 1 MiB of what is free back to the file system.
  virtual absl::Status Shrink() = 0;

  // The newest run on `cluster` whose journal says that it was about to make this revision; also
  // after that run was pruned, where it was among the last ten intentions for the release.
  virtual absl::StatusOr<std::optional<Intention>> FindIntention(const std::string& cluster,
                                                                 const std::string& chart,
                                                                 int revision) = 0;
};

}  // namespace wheelhouse::store
