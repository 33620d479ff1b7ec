// The queue: which runs start, wait, replace others or time out, as pure calculations. A run
// acquires all its keys or none, in queue order (priority, then arrival): it starts when no running
// run and no earlier queued run conflicts. So nothing deadlocks and nothing starves.
#pragma once

#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelhouse/v1/plan.pb.h"
#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// What one run holds or asks for.
struct QueueEntry {
  std::string run_id;   // sorts by creation
  std::string arrival;  // the run whose turn it has: its own id, or that of one it replaced
  std::string caller;
  std::string cluster;
  int priority = 0;
  bool exclusive = false;      // the whole cluster
  std::set<std::string> keys;  // namespaces; empty for a preview, which no other run waits for
  v1::Supersede supersede = v1::SUPERSEDE_UNSPECIFIED;  // Plan.supersede; not of a preview
  std::string plan_name;
  std::set<std::string> releases;  // NAMESPACE/NAME that it acts on
  // Plan.queue_timeout: it must have started by then. On CLOCK_BOOTTIME: setting the clock neither
  // ends the wait nor prolongs it.
  absl::Duration until = absl::InfiniteDuration();
  // Run.takes_over: it has the place of runs that run, so that it goes first, when they have ended.
  std::set<std::string> takes_over = {};
  bool goes_on = false;  // it runs, and nobody has asked it to stop
};

struct QueueDecision {
  std::vector<std::string> start;                 // in queue order
  std::map<std::string, v1::QueuePlace> waiting;  // the others' positions, and whom they wait for
};

// At most `of_caller` runs of one caller run at once. A run that waits for that alone holds up
// nobody but its caller's own: other runs that want its keys go first. It waits for those of its
// caller that run, with no keys named.
QueueDecision DecideQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued,
                          int of_caller);

// The queued runs that are replaced, and by which run: see Plan.supersede.
std::map<std::string, std::string> DecideSuperseded(const std::vector<QueueEntry>& queued);

// The runs among `holding` that are to stop, and the queued run that takes over from each: see
// SUPERSEDE_RUNNING. A run goes on for as long as the newer one would have to wait for others too.
std::map<std::string, std::string> DecideHandovers(const std::vector<QueueEntry>& holding,
                                                   const std::vector<QueueEntry>& queued,
                                                   int of_caller);

// The result of one look (at `now` on CLOCK_BOOTTIME) at the whole queue. A run is in at most one
// of timed_out, superseded, start and waiting.
struct QueueRound {
  std::vector<std::string> timed_out;
  std::map<std::string, std::string> superseded;  // by which run
  std::map<std::string, std::string> moved_up;    // runs that replace others: their new arrival
  std::map<std::string, std::string> stopped;     // running ones: who takes over
  // QueueEntry.takes_over of those for which it has changed.
  std::map<std::string, std::set<std::string>> take_over;
  std::vector<std::string> start;  // in queue order
  std::map<std::string, v1::QueuePlace> waiting;
  absl::Duration next = absl::InfiniteDuration();  // when the next of those that wait times out
};

QueueRound LookAtQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued,
                       int of_caller, absl::Duration now);

// Whether a run's events report `position` when they last reported the position `reported` (0: none
// yet). Each report is durable, and otherwise a thousand queued runs would write a thousand each.
bool WorthReporting(int reported, int position);

}  // namespace wheelhouse::runs
