// How a wait reads the cluster: from the collections that watches keep current, once it has lasted
// for a moment, and from the server where that is not possible and where it matters.
#pragma once

#include <absl/time/time.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "server/kube/forwarding_client.h"
#include "server/kube/watch_cache.h"

namespace wheelhouse::kube {

// How long the next look is put off, after one that was put off for `last`, while something is read
// from the server since it cannot be watched: from a second to five, so that hundreds of long waits
// are not hundreds of requests a second.
absl::Duration NextPoll(absl::Duration last);

// A KubeClient whose Get and List may answer from a WatchCache. Lives for one wait; used by one
// thread.
class Reads final : public ForwardingClient {
 public:
  // Both are lent. Without a cache (nullptr) every read asks the server.
  Reads(KubeClient& client, WatchCache* cache) : ForwardingClient(client), cache_(cache) {}
  ~Reads() override;

  // Begins a look: its reads ask the server when `anew`, else they may come from the cache.
  void BeginLook(bool anew);
  // Whether a read of this look came from the cache, and whether all did.
  bool any_cached() const { return cached_ > 0; }
  bool all_cached() const { return cached_ > 0 && asked_ == 0; }

  // Blocks until something that was read may have changed: at most for `at_most`, and no longer
  // than NextPoll while something is read from the server. What ended the Context.
  absl::Status AwaitChange(const Context& context, absl::Duration at_most);

  absl::StatusOr<Json> Get(const Context& context, const ObjectId& id) override;
  absl::StatusOr<ObjectList> List(const Context& context, const ResourceType& type,
                                  const ListOptions& options) override;

 private:
  using Key = std::tuple<std::string, std::string, std::string, std::string, bool>;
  // What was read in a collection; `collection` is nullptr until it is watched.
  struct Read {
    ResourceType type;
    ListOptions options;
    WatchCache::Collection* collection = nullptr;
    int look = 0;  // the last one that has read it
  };

  // Remembers that the collection is read. nullptr when it is not watched, or not to be used.
  const WatchCache::Collection* CollectionOf(const ResourceType& type, const ListOptions& options);

  WatchCache* const cache_;
  std::map<Key, Read> reads_;
  std::map<const WatchCache::Collection*, int64_t> versions_;  // as last read
  bool anew_ = true;
  int cached_ = 0, asked_ = 0;  // reads of this look
  int look_ = 0;
  size_t waits_ = 0;                            // that were without a watch
  absl::Duration poll_ = absl::ZeroDuration();  // the last one
};

}  // namespace wheelhouse::kube
