#include "server/runs/engine/run_queue.h"

#include <algorithm>
#include <iterator>
#include <tuple>

namespace wheelhouse::runs {
namespace {

constexpr int kMostWaitsFor = 20;  // that are reported
constexpr int kNear = 10;          // positions of which every change is reported

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

// As Conflict. Whoever takes over from a run waits until it has ended, and not only for its keys.
std::vector<std::string> WaitsFor(const QueueEntry& other, const QueueEntry& entry) {
  if (!entry.takes_over.contains(other.run_id)) return Conflict(other, entry);
  return entry.exclusive ? std::vector<std::string>{"*"}
                         : std::vector<std::string>(entry.keys.begin(), entry.keys.end());
}

bool OfOnePlan(const QueueEntry& a, const QueueEntry& b) {
  return std::tie(a.cluster, a.caller, a.plan_name) == std::tie(b.cluster, b.caller, b.plan_name);
}

bool ActsOnAllOf(const QueueEntry& newer, const QueueEntry& older) {
  return std::includes(newer.releases.begin(), newer.releases.end(), older.releases.begin(),
                       older.releases.end());
}

// Those that `newer` could take over from.
std::vector<const QueueEntry*> OlderOnes(const std::vector<QueueEntry>& holding,
                                         const QueueEntry& newer) {
  std::vector<const QueueEntry*> older;
  for (const QueueEntry& one : holding) {
    if (one.goes_on && one.supersede == v1::SUPERSEDE_RUNNING && one.run_id < newer.run_id &&
        OfOnePlan(one, newer) && ActsOnAllOf(newer, one))
      older.push_back(&one);
  }
  return older;
}

// The first kMostWaitsFor only.
void AddWaitsFor(const QueueEntry& other, const std::vector<std::string>& keys,
                 v1::QueuePlace* position) {
  if (position->waits_for_size() == kMostWaitsFor) return;
  v1::WaitsFor* waits = position->add_waits_for();
  waits->set_run_id(other.run_id);
  waits->set_caller(other.caller);
  waits->mutable_keys()->Assign(keys.begin(), keys.end());
}

}  // namespace

QueueDecision DecideQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued,
                          int of_caller) {
  std::sort(queued.begin(), queued.end(), [](const QueueEntry& a, const QueueEntry& b) {
    if (a.takes_over.empty() != b.takes_over.empty()) return b.takes_over.empty();
    return a.priority != b.priority ? a.priority > b.priority : a.arrival < b.arrival;
  });
  std::vector<const QueueEntry*> before;
  std::map<std::string, std::vector<const QueueEntry*>> running;  // by caller
  for (const QueueEntry& entry : holding) {
    before.push_back(&entry);
    running[entry.caller].push_back(&entry);
  }
  QueueDecision decision;
  std::map<std::string, int> waiting;  // by cluster
  for (const QueueEntry& entry : queued) {
    v1::QueuePlace position;
    std::vector<const QueueEntry*>& of_the_caller = running[entry.caller];
    if (static_cast<int>(of_the_caller.size()) >= of_caller) {
      for (const QueueEntry* other : of_the_caller) AddWaitsFor(*other, {}, &position);
    } else {
      for (const QueueEntry* other : before) {
        const std::vector<std::string> keys = WaitsFor(*other, entry);
        if (!keys.empty()) AddWaitsFor(*other, keys, &position);
        if (position.waits_for_size() == kMostWaitsFor) break;
      }
      before.push_back(&entry);
    }
    if (position.waits_for_size() == 0) {
      of_the_caller.push_back(&entry);
      decision.start.push_back(entry.run_id);
      continue;
    }
    position.set_position(++waiting[entry.cluster]);
    decision.waiting[entry.run_id] = std::move(position);
  }
  return decision;
}

std::map<std::string, std::string> DecideSuperseded(const std::vector<QueueEntry>& queued) {
  std::map<std::tuple<std::string, std::string, std::string>, std::vector<const QueueEntry*>> same;
  for (const QueueEntry& entry : queued) {
    if (entry.supersede != v1::SUPERSEDE_UNSPECIFIED)
      same[{entry.cluster, entry.caller, entry.plan_name}].push_back(&entry);
  }
  std::map<std::string, std::string> replaced;
  for (auto& [what, runs] : same) {
    std::sort(runs.begin(), runs.end(),
              [](const QueueEntry* a, const QueueEntry* b) { return a->run_id > b->run_id; });
    std::vector<const QueueEntry*> staying;  // the newest first
    for (const QueueEntry* run : runs) {
      const auto by = std::find_if(staying.begin(), staying.end(), [run](const QueueEntry* newer) {
        return ActsOnAllOf(*newer, *run);
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

std::map<std::string, std::string> DecideHandovers(const std::vector<QueueEntry>& holding,
                                                   const std::vector<QueueEntry>& queued,
                                                   int of_caller) {
  std::map<std::string, std::string> stopped;
  for (const QueueEntry& newer : queued) {
    if (newer.supersede != v1::SUPERSEDE_RUNNING) continue;
    const std::vector<const QueueEntry*> older = OlderOnes(holding, newer);
    const auto stays = [&](const QueueEntry& one) {
      return std::find(older.begin(), older.end(), &one) == older.end();
    };
    const bool held_up = std::any_of(holding.begin(), holding.end(), [&](const QueueEntry& one) {
      return stays(one) && !Conflict(one, newer).empty();
    });
    const auto of_the_caller = std::count_if(
        holding.begin(), holding.end(),
        [&](const QueueEntry& one) { return stays(one) && one.caller == newer.caller; });
    if (held_up || of_the_caller >= of_caller) continue;
    for (const QueueEntry* one : older) stopped.emplace(one->run_id, newer.run_id);
  }
  return stopped;
}

QueueRound LookAtQueue(const std::vector<QueueEntry>& holding, std::vector<QueueEntry> queued,
                       int of_caller, absl::Duration now) {
  QueueRound round;
  std::erase_if(queued, [&](const QueueEntry& entry) {
    if (entry.until > now) return false;
    round.timed_out.push_back(entry.run_id);
    return true;
  });
  round.superseded = DecideSuperseded(queued);
  std::map<std::string, QueueEntry*> by_id;
  for (QueueEntry& entry : queued) by_id[entry.run_id] = &entry;
  for (const auto& [old_id, new_id] : round.superseded) {
    QueueEntry& by = *by_id.at(new_id);
    const QueueEntry& old = *by_id.at(old_id);
    if (old.arrival < by.arrival) round.moved_up[new_id] = by.arrival = old.arrival;
    if (old.takes_over.empty()) continue;
    by.takes_over.insert(old.takes_over.begin(), old.takes_over.end());
    round.take_over[new_id] = by.takes_over;
  }
  std::erase_if(queued,
                [&](const QueueEntry& entry) { return round.superseded.count(entry.run_id) > 0; });
  round.stopped = DecideHandovers(holding, queued, of_caller);
  for (QueueEntry& entry : queued) {
    for (const QueueEntry& old : holding) {
      const auto stopped = round.stopped.find(old.run_id);
      if (stopped == round.stopped.end() || stopped->second != entry.run_id) continue;
      if (old.arrival < entry.arrival) round.moved_up[entry.run_id] = entry.arrival = old.arrival;
      entry.takes_over.insert(old.run_id);
      round.take_over[entry.run_id] = entry.takes_over;
    }
  }
  std::map<std::string, absl::Duration> until;
  for (const QueueEntry& entry : queued) until[entry.run_id] = entry.until;
  QueueDecision decision = DecideQueue(holding, std::move(queued), of_caller);
  for (const auto& [id, position] : decision.waiting) round.next = std::min(round.next, until[id]);
  round.start = std::move(decision.start);
  round.waiting = std::move(decision.waiting);
  return round;
}

bool WorthReporting(int reported, int position) {
  return position <= kNear || reported == 0 || position * 2 <= reported || position >= reported * 2;
}

}  // namespace wheelhouse::runs
