// The queue: who starts, who waits for whom, who replaces whom and whose time is up, as pure
// calculations. A run acquires all its keys or none, in queue order (priority, then arrival): it
// starts when no running run and no earlier queued run conflicts. So nothing deadlocks and nothing
// starves.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// What one run holds, or wants.
struct QueueEntry {
  std::string run_id;   // sorts by creation
  std::string arrival;  // the run whose turn it has: its own id, or that of one it replaced
  std::string caller;
  std::string cluster;
  int priority = 0;
  bool exclusive = false;      // the whole cluster
  std::set<std::string> keys;  // namespaces; none of a preview, which no other run waits for
  bool supersede = false;      // Plan.supersede; not of a preview
  std::string plan_name;
  std::set<std::string> releases;             // NAMESPACE/NAME that it acts on
  absl::Time until = absl::InfiniteFuture();  // Plan.queue_timeout: it must have started by then
};

struct QueueDecision {
  std::vector<std::string> start;                 // in queue order
  std::map<std::string, v1::QueuePlace> waiting;  // the others' positions, and whom they wait for
};

QueueDecision DecideQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued);

// Of queued runs, those that are replaced, and by which: see Plan.supersede.
std::map<std::string, std::string> DecideSuperseded(const std::vector<QueueEntry>& queued);

// What one look at the whole queue comes to. A run is in at most one of timed_out, superseded,
// start and waiting.
struct QueueRound {
  std::vector<std::string> timed_out;
  std::map<std::string, std::string> superseded;  // by which run
  std::map<std::string, std::string> moved_up;    // runs that replace others: their new arrival
  std::vector<std::string> start;                 // in queue order
  std::map<std::string, v1::QueuePlace> waiting;
  absl::Time next = absl::InfiniteFuture();  // when the next of those that wait times out
};

QueueRound LookAtQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued,
                       absl::Time now);

// Whether a run's events report that it is at `position` by now, when they reported `reported` last
// (0: nothing yet). Each report is durable: of a thousand runs that wait for each other each would
// write a thousand.
bool WorthReporting(int reported, int position);

}  // namespace wheelhouse::runs
