// What the daemon must not forget: runs, their events and their journal. This header is the
// contract of every Store; a second one can be written from it alone. sqlite/ has the one on
// SQLite; sealed/ is a Store that seals what passes through it to another.
//
// Clear and opaque. A store searches and compares ids, names, states, numbers, times and digests;
// they are in clear. All else is `Bytes`: a store keeps them as they are, NUL bytes and all,
// returns exactly them, and never looks into them. It keeps nothing in clear that it was given as
// Bytes.
//
// Transactions. Each call that writes is one transaction: all of it happens, or nothing. A call
// that answers with an error has changed nothing.
//
// Durability. What was answered with OK survives the end of the process (kill -9) and of the
// machine (loss of power). A write whose answer never came is there as a whole or not at all.
//
// Order. Writes happen one after the other, in the order in which they were called; two calls that
// overlap in time go in either order. A read sees every write that was answered before the read was
// called, and one state of the store: never a part of a transaction.
//
// Compare-and-set. CreateRun (by request id) and AppendAsync (by state and by sequence) test and
// write in the same transaction, so that of two calls that race only one succeeds. The other
// answers with a bare code, ALREADY_EXISTS or ABORTED, without a reason of common/reason.h. So does
// Keep beyond its bound, with RESOURCE_EXHAUSTED.
//
// Threads. All methods may be called by any thread at any time. All but AppendAsync and Digest
// block until they have their answer, which a slow disk may delay; they must not be called from a
// `Done`.
//
// Errors. Whatever keeps a store from answering is STORE_UNAVAILABLE, with a message that names the
// store and what an operator can do about it. It may pass by itself (a full disk); the store must
// then serve again without being opened anew. What is not there is no error: reads answer nullopt
// or nothing; ReplacePlan and Prune of a run that is not there change nothing and answer OK.
//
// Ownership. One daemon uses a store at a time; opening it sees to that, and answers
// STORE_UNAVAILABLE while another daemon has it. Destroying a Store first finishes, and answers,
// every AppendAsync that it has accepted.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/durations.h"
#include "common/principal.h"
#include "server/store/saved_plan.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::store {

// What a store keeps and does not look into.
using Bytes = std::string;

// The clear part of a run.
struct RunRow {
  std::string id;              // sorts, byte by byte, by creation; unique
  std::string request_id;      // empty: the caller gave none
  std::string request_digest;  // Store::Digest of the request
  Principal caller;
  std::string plan_name;
  std::string cluster;
  v1::RunState state = v1::RUN_STATE_QUEUED;
  int64_t sequence = 0;                        // of its newest event; 0: it has none
  absl::Time create_time;                      // kept to the microsecond
  absl::Time end_time = absl::InfinitePast();  // to the microsecond; until it has ended
  bool plan_erased = false;                    // its plan has been replaced by one without values
  int taken_up = 0;  // how often a daemon that came to it has not been seen to get further with it
  std::vector<std::string> namespaces;  // of its keys. For filters: written, and not read back
  std::vector<std::string> releases;    // as namespaces; `NAME` and `NAMESPACE/NAME` of each
  std::string saved_plan;               // that it applies: its last_run is set; not read back
};

// What is kept of a run's chart (NAMESPACE/NAME) under a name.
struct KeptBytes {
  std::string chart;
  std::string name;
  Bytes bytes;
};

// The opaque part of a run that is made.
struct RunContents {
  Bytes plan;
  Bytes first;  // StoredRun::first
  std::vector<KeptBytes> kept = {};
};

struct StoredPlan {
  SavedPlanRow row;
  std::optional<Bytes> contents;
};

struct StoredRun {
  RunRow row;
  std::optional<Bytes> first;  // the picture before the first event
  std::optional<Bytes> last;   // the picture after the last; once the run has ended
};

// What a restart needs to know beside an event, of a chart that was on its way.
struct JournalRow {
  std::string chart;          // NAMESPACE/NAME
  int intended_revision = 0;  // of the chart's release, which helm is about to make; 0: none
  Bytes memory;
};

// An event of a run. `journal` is written with it and not read back with it.
struct Event {
  int64_t sequence = 0;
  Bytes payload;
  std::optional<JournalRow> journal;
};

// The memory of a journal row.
struct Memory {
  int64_t sequence = 0;  // of the event that it was written with
  Bytes bytes;
};

// One transaction on one run. With none of its parts it writes nothing and is answered in its turn.
struct Append {
  std::string run_id;
  // The first has the sequence after the run's newest one, and so on; otherwise ABORTED.
  std::vector<Event> events;
  // The run's state is `from`, and becomes `to`; otherwise ABORTED.
  struct StateChange {
    v1::RunState from;
    v1::RunState to;
  };
  std::optional<StateChange> state;
  // With the change to an ended state.
  struct End {
    absl::Time time;
    Bytes last;  // StoredRun::last
  };
  std::optional<End> end;
  std::optional<Bytes> plan;    // as ReplacePlan
  std::optional<int> taken_up;  // RunRow::taken_up becomes this
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

// Newest first, by id. A page may hold fewer runs than asked for, or none, and not be the last: a
// call looks at a bounded number of runs, so that a filter that few match blocks nobody for long.
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

// Within which the time of a write is counted.
inline constexpr absl::Duration kWriteBounds[] = {
    absl::Milliseconds(1),  absl::Milliseconds(3),   absl::Milliseconds(10),
    absl::Milliseconds(30), absl::Milliseconds(100), absl::Milliseconds(300),
    absl::Seconds(1),       absl::Seconds(3),        absl::Seconds(10),
    absl::Seconds(30),      absl::Seconds(60)};

// How its writes go, since it was opened.
struct WriteCounts {
  int waiting = 0;                           // that were accepted and have no answer yet
  uint64_t failed = 0;                       // that were answered with STORE_UNAVAILABLE
  Durations took = Durations(kWriteBounds);  // from the call to the answer
};

// See the top of this file for what holds of every method.
class Store {
 public:
  virtual ~Store() = default;

  // Writes `row` (as QUEUED, say, and without events) with its contents. ALREADY_EXISTS when
  // FindRequest finds a run of the same caller and request_id, unless that is empty; NOT_FOUND when
  // the saved plan that it applies is not there (any more).
  virtual absl::Status CreateRun(const RunRow& row, const RunContents& contents,
                                 absl::Time since) = 0;

  // The caller's newest run with this request_id, not older than `since`. Callers are the same when
  // their names are.
  virtual absl::StatusOr<std::optional<RunRow>> FindRequest(const Principal& caller,
                                                            const std::string& request_id,
                                                            absl::Time since) = 0;

  // Whether writing is possible: OK when something was written, durably, that changes nothing.
  virtual absl::Status TryWrite() = 0;

  // At most 64 printable characters that depend on the bytes alone, for the life of the store;
  // different for different bytes. A store that guards its contents keys it, so that what was
  // digested cannot be guessed from the store.
  virtual std::string Digest(const std::string& bytes) const = 0;

  // Queues the append and does not wait for the disk; appends that are queued together share one
  // flush. An append that is refused takes no other of its flush with it. `done` is called once
  // with the answer: on a thread of the store's own, so that a caller may hold a lock of its own
  // while it appends; one at a time, in the order of the calls. It must not block on the store.
  using Done = std::function<void(const absl::Status&)>;
  virtual void AppendAsync(Append append, Done done) = 0;

  virtual absl::StatusOr<std::optional<StoredRun>> Load(const std::string& run_id) = 0;
  virtual absl::StatusOr<std::optional<Bytes>> LoadPlan(const std::string& run_id) = 0;

  // Up to `limit` events after `after`, in order.
  virtual absl::StatusOr<std::vector<Event>> Events(const std::string& run_id, int64_t after,
                                                    int limit) = 0;

  virtual absl::StatusOr<Page> List(const Query& query) = 0;

  // QUEUED and RUNNING runs, oldest first.
  virtual absl::StatusOr<std::vector<RunRow>> Unfinished() = 0;

  // The `NAMESPACE/NAME` of RunRow::releases: all that is known of a run whose Bytes are not to be
  // looked at.
  virtual absl::StatusOr<std::vector<std::string>> ReleasesOf(const std::string& run_id) = 0;

  // Runs that ended before `before` and whose plan has not been replaced.
  virtual absl::StatusOr<std::vector<std::string>> PlansToErase(absl::Time before) = 0;
  // Puts `plan` in place of the run's, sets plan_erased, and deletes what was kept of the run. What
  // stood there before cannot be recovered from the medium by the store's own means.
  virtual absl::Status ReplacePlan(const std::string& run_id, const Bytes& plan) = 0;

  // Keeps `bytes` of a run's chart (NAMESPACE/NAME) under `name`, in place of what stood there.
  // `most`: RESOURCE_EXHAUSTED, and nothing has changed, if everything that is kept of the runs of
  // the run's caller would then take more than so many bytes, as they are stored.
  virtual absl::Status Keep(const std::string& run_id, const std::string& chart,
                            const std::string& name, const Bytes& bytes,
                            std::optional<int64_t> most) = 0;
  virtual absl::StatusOr<std::optional<Bytes>> Kept(const std::string& run_id,
                                                    const std::string& chart,
                                                    const std::string& name) = 0;

  // Of the chart's newest journal row.
  virtual absl::StatusOr<std::optional<Memory>> NewestMemory(const std::string& run_id,
                                                             const std::string& chart) = 0;

  // The newest run on `cluster` whose journal says that it was about to make this revision of the
  // release (NAMESPACE/NAME); also after that run was pruned, where it was among the last ten
  // intentions for the release and ended less than a year ago.
  virtual absl::StatusOr<std::optional<std::string>> FindIntention(const std::string& cluster,
                                                                   const std::string& chart,
                                                                   int revision) = 0;

  // Writes a saved plan. One that is there with its id stays as it is.
  virtual absl::Status PutSavedPlan(const SavedPlanRow& row, const Bytes& contents) = 0;
  virtual absl::StatusOr<std::optional<StoredPlan>> LoadSavedPlan(const std::string& id) = 0;
  // Newest first, by id; at most query.limit.
  virtual absl::StatusOr<std::vector<SavedPlanRow>> ListSavedPlans(const SavedPlanQuery& query) = 0;
  // Notes who approved it. A plan that is approved stays as it is; one that is not there is OK.
  virtual absl::Status ApproveSavedPlan(const std::string& id, const std::string& by,
                                        absl::Time time) = 0;
  // What stood there cannot be recovered from the medium by the store's own means. OK if it is not
  // there.
  virtual absl::Status DeleteSavedPlan(const std::string& id) = 0;
  // Those that expire before then.
  virtual absl::Status DeleteSavedPlans(absl::Time before) = 0;

  // The time that was reached by which things grow old: what KeepAgeTime wrote last. nullopt:
  // nothing yet.
  virtual absl::StatusOr<std::optional<absl::Time>> AgeTime() = 0;
  virtual absl::Status KeepAgeTime(absl::Time time) = 0;

  virtual absl::StatusOr<Usage> GetUsage() = 0;

  // For whoever watches the daemon. Does not block, and cannot fail.
  virtual WriteCounts Writes() const = 0;

  // Up to `limit` runs that ended before `before`, in the order of their ends.
  virtual absl::StatusOr<std::vector<std::string>> EndedBefore(absl::Time before, int limit) = 0;

  // Deletes a part of a run that has ended, at most `most_events` of its events and the journal
  // rows with them, so that a long run holds up no other write; the run itself goes with the last
  // part. True: it is gone. Answers true for a run that has not ended, and leaves it alone. See
  // FindIntention for what outlives the run.
  virtual absl::StatusOr<bool> Prune(const std::string& run_id, int most_events) = 0;

  // Gives about 1 MiB of what is free back to the system, where the store can.
  virtual absl::Status Shrink() = 0;
};

}  // namespace wheelhouse::store
