#include "server/kube/watch_cache.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "common/clock.h"
#include "common/formats/label_selector.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {

// All but `type`, `options` and `scope` is guarded by the cache's mutex.
struct WatchCache::Collection {
  Collection(ResourceType of, ListOptions with) : type(std::move(of)), options(std::move(with)) {}

  const ResourceType type;
  const ListOptions options;
  const Context scope = Context::Background().WithCancel();
  std::thread thread;
  int readers = 0;
  bool known = false;  // a list was received, and the watch has not ended
  bool ended = false;  // the thread is done
  int64_t version = 0;
  std::map<std::string, Json> objects;  // by name
};

namespace {

// Nobody who waits reads it, and it is a third of an object.
Json Slim(Json object) {
  if (object.contains("metadata")) object["metadata"].erase("managedFields");
  return object;
}

}  // namespace

WatchCache::WatchCache(KubeClient& client, int most_watches)
    : client_(client), most_watches_(static_cast<size_t>(most_watches)) {}

WatchCache::~WatchCache() {
  std::vector<std::unique_ptr<Collection>> all;
  {
    MutexLock lock(&mutex_);
    for (auto& [key, collection] : collections_) left_.push_back(std::move(collection));
    collections_.clear();
    all.swap(left_);
  }
  for (const auto& collection : all) {
    collection->scope.Cancel(absl::CancelledError("the cluster is closed"));
    if (collection->thread.joinable()) collection->thread.join();
  }
}

std::vector<std::unique_ptr<WatchCache::Collection>> WatchCache::TakeEnded() {
  std::vector<std::unique_ptr<Collection>> ended;
  for (auto& one : left_) {
    if (one->ended) ended.push_back(std::move(one));
  }
  std::erase(left_, nullptr);
  return ended;
}

WatchCache::Collection* WatchCache::Join(const ResourceType& type, const ListOptions& options) {
  std::vector<std::unique_ptr<Collection>> ended;
  Collection* joined = nullptr;
  {
    MutexLock lock(&mutex_);
    ended = TakeEnded();
    const Key key{type.ApiVersion(), type.plural, options.ns, options.field_selector,
                  options.metadata_only};
    const auto found = collections_.find(key);
    if (found != collections_.end()) {
      joined = found->second.get();
    } else if (collections_.size() + left_.size() < most_watches_) {
      ListOptions whole = options;
      whole.label_selector.clear();
      auto made = std::make_unique<Collection>(type, std::move(whole));
      joined = made.get();
      try {
        joined->thread = std::thread([this, joined] { Watch(joined); });
        collections_[key] = std::move(made);
      } catch (const std::system_error&) {
        joined = nullptr;  // no thread is left: the reader asks the server
      }
    }
    if (joined != nullptr) ++joined->readers;
  }
  for (const auto& one : ended) one->thread.join();
  return joined;
}

void WatchCache::Leave(Collection* collection) {
  MutexLock lock(&mutex_);
  if (--collection->readers > 0) return;
  const auto found = std::ranges::find_if(
      collections_, [collection](const auto& entry) { return entry.second.get() == collection; });
  left_.push_back(std::move(found->second));
  collections_.erase(found);
  collection->scope.Cancel(absl::CancelledError("nobody reads it"));
}

void WatchCache::Watch(Collection* collection) {
  const auto change = [this](Collection* one, const auto& how) {
    MutexLock lock(&mutex_);
    how(one);
    ++one->version;
    changed_.NotifyAll();
    return true;
  };
  (void)client_.Watch(
      collection->scope, collection->type, collection->options,
      [&](const ObjectList& list) {
        std::map<std::string, Json> objects;
        for (const Json& item : list.items) objects[Text(item, "/metadata/name")] = Slim(item);
        return change(collection, [&objects](Collection* one) {
          one->objects = std::move(objects);
          one->known = true;
        });
      },
      [&](const WatchEvent& event) {
        if (event.type == WatchEvent::Type::kBookmark) return true;
        const std::string name = Text(event.object, "/metadata/name");
        const bool gone = event.type == WatchEvent::Type::kDeleted;
        Json object = gone ? Json() : Slim(event.object);
        return change(collection, [&](Collection* one) {
          if (gone) {
            one->objects.erase(name);
          } else {
            one->objects[name] = std::move(object);
          }
        });
      });
  // Whatever ended it (it may be forbidden): those who still read ask the server.
  change(collection, [](Collection* one) {
    one->known = false;
    one->ended = true;
    one->objects.clear();
  });
}

std::optional<Json> WatchCache::Find(const Collection& collection, const std::string& name,
                                     int64_t* version) {
  MutexLock lock(&mutex_);
  *version = collection.version;
  if (!collection.known) return std::nullopt;
  const auto found = collection.objects.find(name);
  return found == collection.objects.end() ? Json() : found->second;
}

std::optional<ObjectList> WatchCache::List(const Collection& collection,
                                           const std::string& label_selector, int64_t* version) {
  const std::optional<LabelSelector> selector = LabelSelector::Parse(label_selector);
  MutexLock lock(&mutex_);
  *version = collection.version;
  if (!collection.known || !selector.has_value()) return std::nullopt;
  ObjectList list;
  for (const auto& [name, object] : collection.objects) {
    if (selector->Matches(object)) list.items.push_back(object);
  }
  return list;
}

absl::Status WatchCache::AwaitChange(const Context& context,
                                     const std::map<const Collection*, int64_t>& versions,
                                     absl::Duration at_most) {
  const auto wakeup = context.OnCancel([this] {
    MutexLock lock(&mutex_);
    changed_.NotifyAll();
  });
  const absl::Duration end = SteadyNow() + at_most;
  MutexLock lock(&mutex_);
  while (std::ranges::all_of(versions,
                             [](const auto& one) { return one.first->version == one.second; })) {
    RETURN_IF_ERROR(context.Check());
    const absl::Duration left = std::min(end - SteadyNow(), context.Remaining());
    if (left <= absl::ZeroDuration()) break;
    changed_.WaitFor(&mutex_, left);
  }
  return context.Check();
}

}  // namespace wheelhouse::kube
