// Watches of collections: the server says what changes, instead of being asked again and again.
#pragma once

#include <absl/status/status.h>

#include <functional>
#include <memory>

#include "server/kube/kube_client.h"

namespace wheelhouse::kube {

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark };
  Type type;
  Json object;
};

// What a watch brings. Called one after another, on threads of the watcher's, which they must not
// hold up.
struct WatchHandlers {
  // All that is there: first of all, and again whenever events may have been missed.
  std::function<void(ObjectList)> on_list;
  std::function<void(WatchEvent)> on_event;
  // The server is not heard of any more: what is known may be out of date, until the next on_list.
  std::function<void()> on_lost;
  // What a new list cannot fix (a right that is missing, for example). Nothing comes after it.
  std::function<void(const absl::Status&)> on_end;
};

// A watch that has begun. Its destructor ends it: it waits for a handler that is being called, and
// none is called afterwards.
class Watch {
 public:
  virtual ~Watch() = default;
};

// Thread-safe.
class Watcher {
 public:
  virtual ~Watcher() = default;

  // Lists, then watches from there on. Does not block, and calls no handler itself. 410 Gone, lost
  // connections and half-open sockets lead to a new list. nullptr when no thread can be started.
  virtual std::unique_ptr<Watch> Begin(const ResourceType& type, const ListOptions& options,
                                       WatchHandlers handlers) = 0;
};

}  // namespace wheelhouse::kube
