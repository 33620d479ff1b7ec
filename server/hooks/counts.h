// How hooks stand, and what has become of their calls: for whoever watches the daemon.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace wheelhouse::hooks {

// How a call has ended for its step.
enum class CallEnd {
  kSucceeded,
  kFailed,       // the hook has said so
  kRefused,      // the hook's result is not allowed, or could not be stored
  kNoWorker,     // HOOK_UNAVAILABLE
  kInterrupted,  // an effect ONCE whose end is not known
  kCancelled,    // the run was, or its time was up
};
inline constexpr std::array kCallEnds = {CallEnd::kSucceeded,   CallEnd::kFailed,
                                         CallEnd::kRefused,     CallEnd::kNoWorker,
                                         CallEnd::kInterrupted, CallEnd::kCancelled};

// Since the daemon's start.
struct HookTotals {
  std::array<uint64_t, kCallEnds.size()> ended = {};  // calls, in the order of CallEnd
  uint64_t attempts = 0;                              // that were sent to a worker
  uint64_t declined = 0;                              // attempts that their worker did not begin
  uint64_t given_up = 0;   // attempts whose worker was silent for longer than the heartbeat
  uint64_t overtaken = 0;  // results that were refused, because their attempt was over
  uint64_t bytes_in = 0, bytes_out = 0;  // of messages of workers, and to them
};

struct HookCounts {
  // How many sessions serve a hook, by its name and version. Workers choose these words, so that
  // there are no more than kMostNames of them, of the sessions that have been there longest; all
  // others are counted under kOthers. Sessions with a scope, which live as long as one call and
  // name their hooks by its charts, are counted under kScoped.
  std::map<std::pair<std::string, std::string>, int> serving;
  int sessions = 0;
  int waiting = 0;  // calls, for a worker
  int working = 0;  // calls that a worker has
  HookTotals totals;

  static constexpr size_t kMostNames = 100;
  static constexpr char kOthers[] = "other", kScoped[] = "inline";
};

}  // namespace wheelhouse::hooks
