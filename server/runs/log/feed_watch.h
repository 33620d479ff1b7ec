// The RunWatch on a run's feed and, for what the feed no longer has, its stored events.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/clock.h"
#include "server/runs/log/run_feed.h"
#include "server/runs/run_watch.h"
#include "server/store/store.h"
#include "wheelhouse/v1/event.pb.h"

namespace wheelhouse::runs {

struct WatchOptions {
  absl::Duration heartbeat = absl::Seconds(15);
  absl::Duration progress_every = absl::Seconds(1);  // per chart
  int64_t queue = 4096;                              // events that a reader may be behind
};

// Where a watch begins: the run as it is at `sequence`, encoded, and the number of the last event
// that the reader has.
struct WatchStart {
  EncodedEvent snapshot;
  int64_t sequence = 0;
  int64_t after_sequence = 0;
};

// An event that is in no log, with the run's id and the time.
v1::RunEvent Unsequenced(const Clock& clock, const std::string& run_id);
EncodedEvent Encode(const v1::RunEvent& event);

// What is lent must outlive it.
class FeedWatch final : public RunWatch {
 public:
  FeedWatch(store::Store& store, const Clock& clock, std::string run_id,
            std::shared_ptr<RunFeed> feed, const WatchStart& start, const WatchOptions& options,
            std::function<void()> wake);
  ~FeedWatch() override;

  absl::StatusOr<Step> Next() override;
  absl::StatusOr<std::optional<Step>> NextAtOnce() override;

 private:
  // Without the bookkeeping of heartbeats. nullopt: it would have to block, and may not.
  absl::StatusOr<std::optional<Step>> Find(bool may_block);
  absl::Status LoadStored(int64_t until);
  Step Quiet(absl::Duration due);

  store::Store& store_;
  const Clock& clock_;
  const std::string run_id_;
  const std::shared_ptr<RunFeed> feed_;
  const WatchOptions options_;
  EncodedEvent snapshot_;  // until it was given
  const int64_t sync_at_;
  bool synced_ = false;
  absl::Status over_;                // why NextAtOnce has ended it, which Next says again
  std::deque<store::Event> stored_;  // the next ones, in order
  RunFeed::Reader reader_;
  absl::Duration spoke_;  // when the last event was given, on the steady clock
};

}  // namespace wheelhouse::runs
