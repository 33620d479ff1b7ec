// How helm's post-renderer reaches the daemon. helm starts the program (post_renderer/) between
// rendering and applying; it inherits one end of a socket pair from helm, which has it from the
// daemon. Nothing has a name that another process could open or pretend to be.
//
// The program asks with the rendered manifest and waits for one answer: the bytes to apply, or a
// refusal, with which it fails, and helm with it, before anything is changed.
#pragma once

#include <absl/status/statusor.h>
#include <absl/strings/string_view.h>

#include <memory>
#include <thread>

#include "common/context.h"
#include "common/process/child_streams.h"
#include "server/helm/helm_client.h"

namespace wheelhouse::helm {

// CHART_TOO_LARGE: `what` has more than kLargestManifest bytes.
absl::Status ManifestTooLarge(absl::string_view what);

// The daemon's side: lets a Gate answer on a thread of its own.
class GateServer {
 public:
  // `gate` is called within `context`, and must outlive the server.
  static absl::StatusOr<std::unique_ptr<GateServer>> Start(const Context& context,
                                                           const Gate& gate);
  ~GateServer() { (void)Finish(); }
  GateServer(const GateServer&) = delete;
  GateServer& operator=(const GateServer&) = delete;

  // The end that helm is to inherit; lent.
  int far_end() const { return far_.get(); }

  struct Outcome {
    bool asked = false;
    absl::Status refusal;  // the gate's own status; OK when it let everything pass
  };
  // Call it when helm has ended: ends a gate that is still at work, whose answer nobody waits for,
  // and the thread.
  Outcome Finish();

 private:
  GateServer(const Context& context, const Gate& gate, Fd near, Fd far);
  void Serve();

  const Context scope_;
  const Gate& gate_;
  const Fd near_, far_;
  Outcome outcome_;  // the thread's until it has ended
  std::thread thread_;
};

}  // namespace wheelhouse::helm
