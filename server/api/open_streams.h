// The streams that are open: how many each caller has, how long each has stood still, and how all
// of them end when the daemon does.
#pragma once

#include <absl/status/status.h>
#include <absl/time/time.h>

#include <map>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "common/mutex.h"

namespace wheelhouse::api {

class OpenStream;

enum class StreamKind { kEvents, kUpload, kHooks };

struct StreamLimits {
  int streams_per_caller = 1000;
  int uploads_per_caller = 16;
  int hook_sessions_per_caller = 300;
  absl::Duration to_read = absl::Seconds(60);         // a client that is sent something
  absl::Duration to_send = absl::Seconds(30);         // the next chunk of an upload
  absl::Duration to_upload = absl::Minutes(30);       // a whole archive
  absl::Duration to_take_status = absl::Seconds(60);  // a client whose stream has ended
};

// Thread-safe.
class OpenStreams {
 public:
  explicit OpenStreams(const StreamLimits& limits);
  ~OpenStreams();  // no stream may be open

  const StreamLimits& limits() const { return limits_; }

  // Ends all streams, and those that come, with `cause`.
  void EndAll(const absl::Status& cause);

  // From now on the stream is ticked, until Leave. CALLER_LIMIT, or the cause of EndAll: it is to
  // end at once.
  absl::Status Enter(OpenStream* stream);
  // Waits for a tick of it that is under way.
  void Leave(OpenStream* stream);

  // Ticks all that are open, which a thread of its own does every now and then: tests do it with a
  // time that is to come.
  void Tick(absl::Duration now);

  // How many are open.
  std::map<StreamKind, int> Counts();

 private:
  using Owner = std::pair<StreamKind, std::string>;

  void TickLoop();

  const StreamLimits limits_;
  Mutex mutex_;
  CondVar changed_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);
  std::set<OpenStream*> open_ ABSL_GUARDED_BY(mutex_);
  std::map<Owner, int> counts_ ABSL_GUARDED_BY(mutex_);
  std::thread ticker_;
};

}  // namespace wheelhouse::api
