// Collections of a cluster's objects that watches keep current, each shared by all who read it. A
// wait costs no requests that way, however many charts wait and however long.
//
// What is read may be a moment old, and two collections need not be of the same moment: whoever
// comes to a conclusion asks the server once more (readiness/reads.h).
#pragma once

#include <absl/time/time.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

#include "common/context.h"
#include "common/mutex.h"
#include "server/kube/watcher.h"

namespace wheelhouse::kube {

// Thread-safe. A watch is a connection: there are at most as many as the cache was given, and each
// ends when the last reader has left it.
class WatchCache {
 public:
  // All objects of a kind in a namespace.
  struct Collection;

  // A chart that waits reads about six collections of its namespace: seven hundred charts in as
  // many namespaces. With a hundred of them a watch took some 60 KB.
  static constexpr int kMostWatches = 4096;

  // `watcher` must outlive it.
  explicit WatchCache(Watcher& watcher, int most_watches = kMostWatches);
  // All readers have left.
  ~WatchCache();
  WatchCache(const WatchCache&) = delete;
  WatchCache& operator=(const WatchCache&) = delete;

  // Begins to read a collection; `options` without its label selector, which List has. Does not
  // block. nullptr when there are too many watches.
  Collection* Join(const ResourceType& type, const ListOptions& options);
  void Leave(Collection* collection);

  // The object as it is known, null when there is none; or those that the selector (of
  // label_selector.h) selects. `version` changes with each change. nullopt while the collection is
  // not known yet, when it may not be watched, and for another selector: ask the server.
  std::optional<Json> Find(const Collection& collection, const std::string& name, int64_t* version);
  std::optional<ObjectList> List(const Collection& collection, const std::string& label_selector,
                                 int64_t* version);

  // Blocks until a collection has another version than the one given, or for `at_most`, or until
  // the Context ends (its cause).
  absl::Status AwaitChange(const Context& context,
                           const std::map<const Collection*, int64_t>& versions,
                           absl::Duration at_most);

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string, bool>;

  WatchHandlers HandlersOf(Collection* collection);
  // What `how` does to the collection is seen by those who wait for it.
  void Change(Collection* collection, const std::function<void(Collection*)>& how);

  Watcher& watcher_;
  const size_t most_watches_;
  Mutex mutex_;
  std::map<Key, std::unique_ptr<Collection>> collections_ ABSL_GUARDED_BY(mutex_);
  // Of each who waits, by what it waits for.
  std::multimap<const Collection*, CondVar*> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace wheelhouse::kube
