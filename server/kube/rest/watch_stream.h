// The body of a watch: one JSON object per line, {"type": ..., "object": ...}. The data is not
// trusted.
#pragma once

#include <absl/strings/string_view.h>

#include <functional>
#include <string>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Not thread-safe.
class WatchStream {
 public:
  // `on_event` gets each event with the object as the server sent it, and returns false when it has
  // had enough.
  explicit WatchStream(std::function<bool(WatchEvent)> on_event) : on_event_(std::move(on_event)) {}

  // Takes the next part of the body, wherever it was split. False when reading must stop:
  // `on_event` has had enough, or the server sent what only a new list can fix, which is an ERROR
  // (mostly 410 Gone), a line that is not an event, or a line that does not end.
  bool Take(absl::string_view data);

  bool heard() const { return heard_; }    // an event was received
  bool enough() const { return enough_; }  // `on_event` returned false

 private:
  bool TakeLine(absl::string_view line);

  const std::function<bool(WatchEvent)> on_event_;
  std::string partial_;  // a line whose end has not arrived
  bool heard_ = false, enough_ = false;
};

}  // namespace wheelhouse::kube
