// The body of a watch: one JSON object per line, {"type": ..., "object": ...}. The data is not
// trusted.
#pragma once

#include <absl/strings/string_view.h>

#include <functional>
#include <string>

#include "server/kube/watcher.h"

namespace wheelhouse::kube {

// Not thread-safe.
class WatchStream {
 public:
  // `on_event` gets each event with the object as the server sent it.
  explicit WatchStream(std::function<void(WatchEvent)> on_event) : on_event_(std::move(on_event)) {}

  // Takes the next part of the body, wherever it was split. False when reading must stop, since the
  // server sent what only a new list can fix: an ERROR (mostly 410 Gone), a line that is not an
  // event, or a line that does not end.
  bool Take(absl::string_view data);

  bool heard() const { return heard_; }      // an event was received
  bool refused() const { return refused_; }  // Take returned false

 private:
  bool TakeLine(absl::string_view line);

  const std::function<void(WatchEvent)> on_event_;
  std::string partial_;  // a line whose end has not arrived
  bool heard_ = false, refused_ = false;
};

}  // namespace wheelhouse::kube
