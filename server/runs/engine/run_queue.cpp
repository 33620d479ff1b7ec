#include "server/runs/engine/run_queue.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace wheelhouse::runs {
namespace {

constexpr int kMostWaitsFor = 20;  // that are told

// A preview.
bool WantsNothing(const QueueEntry& entry) { return !entry.exclusive && entry.keys.empty(); }

// The keys that both want; `*` where one of them wants the cluster.
std::vector<std::string> Conflict(const QueueEntry& a, const QueueEntry& b) {
  if (a.cluster != b.cluster || WantsNothing(a) || WantsNothing(b)) return {};
  if (a.exclusive || b.exclusive) return {"*"};
  std::vector<std::string> both;
  std::set_intersection(a.keys.begin(), a.keys.end(), b.keys.begin(), b.keys.end(),
                        std::back_inserter(both));
  return both;
}

}  // namespace

QueueDecision DecideQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued) {
  std::sort(queued.begin(), queued.end(), [](const QueueEntry& a, const QueueEntry& b) {
    return a.priority != b.priority ? a.priority > b.priority : a.arrival < b.arrival;
  });
  std::vector<const QueueEntry*> before;
  for (const QueueEntry& entry : holding) before.push_back(&entry);
  QueueDecision decision;
  std::map<std::string, int> waiting;  // by cluster
  for (const QueueEntry& entry : queued) {
    v1::QueuePlace place;
    for (const QueueEntry* other : before) {
      const std::vector<std::string> keys = Conflict(*other, entry);
      if (keys.empty()) continue;
      v1::WaitsFor* waits = place.add_waits_for();
      waits->set_run_id(other->run_id);
      waits->set_caller(other->caller);
      waits->mutable_keys()->Assign(keys.begin(), keys.end());
      if (place.waits_for_size() == kMostWaitsFor) break;
    }
    before.push_back(&entry);
    if (place.waits_for_size() == 0) {
      decision.start.push_back(entry.run_id);
      continue;
    }
    place.set_position(++waiting[entry.cluster]);
    decision.waiting[entry.run_id] = std::move(place);
  }
  return decision;
}

std::map<std::string, std::string> DecideSuperseded(const std::vector<QueueEntry>& queued) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const QueueEntry*>> same;
  for (const QueueEntry& entry : queued) {
    if (entry.supersede) same[{entry.cluster, entry.caller, entry.plan_name}].push_back(&entry);
  }
  std::map<std::string, std::string> replaced;
  for (auto& [what, runs] : same) {
    std::sort(runs.begin(), runs.end(),
              [](const QueueEntry* a, const QueueEntry* b) { return a->run_id > b->run_id; });
    std::vector<const QueueEntry*> staying;  // the newest first
    for (const QueueEntry* run : runs) {
      const auto by = std::find_if(staying.begin(), staying.end(), [run](const QueueEntry* newer) {
        return std::includes(newer->releases.begin(), newer->releases.end(), run->releases.begin(),
                             run->releases.end());
      });
      if (by == staying.end()) {
        staying.push_back(run);
      } else {
        replaced[run->run_id] = (*by)->run_id;
      }
    }
  }
  return replaced;
}

}  // namespace wheelhouse::runs
