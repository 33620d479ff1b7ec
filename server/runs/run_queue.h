// Who may start and who waits for whom, as a pure calculation. A run acquires all its keys or none,
// in queue order (priority, then arrival): it starts when no running run and no earlier queued run
// conflicts. So nothing deadlocks and nothing starves.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "wheelhouse/v1/run.pb.h"

namespace wheelhouse::runs {

// What one run holds, or wants.
struct QueueEntry {
  std::string run_id;  // sorts by arrival
  std::string caller;
  std::string cluster;
  int priority = 0;
  bool exclusive = false;      // the whole cluster
  std::set<std::string> keys;  // namespaces; none of a preview, which no other run waits for
};

struct QueueDecision {
  std::vector<std::string> start;                 // in queue order
  std::map<std::string, v1::QueuePlace> waiting;  // the others' places
};

QueueDecision DecideQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued);

}  // namespace wheelhouse::runs
