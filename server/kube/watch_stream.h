// The body of a watch: one JSON object a line, {"type": ..., "object": ...}. Outside data.
#pragma once

#include <absl/strings/string_view.h>

#include <functional>
#include <string>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

// Not thread-safe.
class WatchStream {
 public:
  // `on_event` gets each event with the object as the server sent it; false: it has had enough.
  explicit WatchStream(std::function<bool(WatchEvent)> on_event) : on_event_(std::move(on_event)) {}

  // The next part of the body, however it was cut. False: read no further, since `on_event` has had
  // enough, or the server tells what only a new list can cure: an ERROR (410 Gone above all), a
  // line that is no event, or one that does not end.
  bool Take(absl::string_view data);

  bool heard() const { return heard_; }    // there was an event
  bool enough() const { return enough_; }  // `on_event` said so

 private:
  bool TakeLine(absl::string_view line);

  const std::function<bool(WatchEvent)> on_event_;
  std::string partial_;  // of a line whose end has not come
  bool heard_ = false, enough_ = false;
};

}  // namespace wheelhouse::kube
