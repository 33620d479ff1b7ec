// Who may start, who waits for whom and who replaces whom, as pure calculations. A run acquires all
// its keys or none, in queue order (priority, then arrival): it starts when no running run and no
// earlier queued run conflicts. So nothing deadlocks and nothing starves.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// What one run holds, or wants.
struct QueueEntry {
  std::string run_id;   // sorts by creation
  std::string arrival;  // the run whose place in the queue it has: its own id, or an earlier one
  std::string caller;
  std::string cluster;
  int priority = 0;
  bool exclusive = false;      // the whole cluster
  std::set<std::string> keys;  // namespaces; none of a preview, which no other run waits for
  bool supersede = false;      // Plan.supersede; not of a preview
  std::string plan_name;
  std::set<std::string> releases;  // NAMESPACE/NAME that it acts on
};

struct QueueDecision {
  std::vector<std::string> start;                 // in queue order
  std::map<std::string, v1::QueuePlace> waiting;  // the others' places
};

QueueDecision DecideQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued);

// Of queued runs, those that are replaced, and by which: see Plan.supersede.
std::map<std::string, std::string> DecideSuperseded(const std::vector<QueueEntry>& queued);

}  // namespace wheelhouse::runs
