// All that metrics are made of, as it stood at one moment.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "server/api/open_streams.h"
#include "server/helm/process_slots.h"
#include "server/hooks/counts.h"
#include "server/metrics/process.h"
#include "server/metrics/run_counter.h"
#include "server/runs/claims/cluster_claims.h"
#include "server/runs/run_engine.h"
#include "server/store/store.h"
#include "server/watchdog/watchdog.h"

namespace wheelhouse::metrics {

struct Snapshot {
  runs::EngineCounts runs;
  RunTotals run_totals;
  std::array<helm::SlotCounts, 3> helm;  // in the order of helm::SlotUse
  store::WriteCounts writes;
  std::map<std::string, int> connections;  // by listener
  std::map<api::StreamKind, int> streams;
  std::map<std::string, runs::ClaimCounts> claims;  // by cluster
  std::vector<LoopAge> loops;
  hooks::HookCounts hooks;
  ProcessCounts process;
};

}  // namespace wheelhouse::metrics
