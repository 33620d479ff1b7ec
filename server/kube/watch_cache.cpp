#include "server/kube/watch_cache.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/formats/label_selector.h"

namespace wheelhouse::kube {

// All but `watch` is guarded by the cache's mutex.
struct WatchCache::Collection {
  int readers = 0;
  bool known = false;  // a list was received, and the server is heard of
  int64_t version = 0;
  std::map<std::string, Json> objects;  // by name
  // Set by the reader that came first, ended by the one that left last; before the rest goes.
  std::unique_ptr<Watch> watch;
};

namespace {

// Nobody who waits reads it, and it is a third of an object.
Json Slim(Json object) {
  if (object.contains("metadata")) object["metadata"].erase("managedFields");
  return object;
}

}  // namespace

WatchCache::WatchCache(Watcher& watcher, int most_watches)
    : watcher_(watcher), most_watches_(static_cast<size_t>(most_watches)) {}

WatchCache::~WatchCache() = default;

WatchCache::Collection* WatchCache::Join(const ResourceType& type, const ListOptions& options) {
  const Key key{type.ApiVersion(), type.plural, options.ns, options.field_selector,
                options.metadata_only};
  Collection* joined = nullptr;
  {
    MutexLock lock(&mutex_);
    const auto found = collections_.find(key);
    if (found == collections_.end() && collections_.size() >= most_watches_) return nullptr;
    std::unique_ptr<Collection>& entry = collections_[key];
    const bool first = entry == nullptr;
    if (first) entry = std::make_unique<Collection>();
    joined = entry.get();
    ++joined->readers;
    if (!first) return joined;
  }
  ListOptions whole = options;
  whole.label_selector.clear();
  joined->watch = watcher_.Begin(type, whole, HandlersOf(joined));
  return joined;
}

void WatchCache::Leave(Collection* collection) {
  std::unique_ptr<Collection> left;  // ended without the lock: a handler may wait for it
  MutexLock lock(&mutex_);
  if (--collection->readers > 0) return;
  const auto found = std::ranges::find_if(
      collections_, [collection](const auto& entry) { return entry.second.get() == collection; });
  left = std::move(found->second);
  collections_.erase(found);
}

void WatchCache::Change(Collection* collection, const std::function<void(Collection*)>& how) {
  MutexLock lock(&mutex_);
  how(collection);
  ++collection->version;
  const auto [begin, end] = waiting_.equal_range(collection);
  for (auto one = begin; one != end; ++one) one->second->NotifyAll();
}

WatchHandlers WatchCache::HandlersOf(Collection* collection) {
  WatchHandlers handlers;
  handlers.on_list = [this, collection](ObjectList list) {
    std::map<std::string, Json> objects;
    for (Json& item : list.items) {
      std::string name = Text(item, "/metadata/name");
      objects[std::move(name)] = Slim(std::move(item));
    }
    Change(collection, [&objects](Collection* one) {
      one->objects.swap(objects);
      one->known = true;
    });
  };
  handlers.on_event = [this, collection](WatchEvent event) {
    if (event.type == WatchEvent::Type::kBookmark) return;
    const std::string name = Text(event.object, "/metadata/name");
    const bool gone = event.type == WatchEvent::Type::kDeleted;
    Json object = gone ? Json() : Slim(std::move(event.object));
    Change(collection, [&](Collection* one) {
      if (gone) {
        one->objects.erase(name);
      } else {
        one->objects[name] = std::move(object);
      }
    });
  };
  // Those who read it ask the server.
  handlers.on_lost = [this, collection] {
    Change(collection, [](Collection* one) { one->known = false; });
  };
  // Whatever ended it: it may be forbidden.
  handlers.on_end = [this, collection](const absl::Status&) {
    std::map<std::string, Json> objects;
    Change(collection, [&objects](Collection* one) {
      one->known = false;
      one->objects.swap(objects);
    });
  };
  return handlers;
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
  CondVar changed;
  const auto wakeup = context.OnCancel([this, &changed] {
    MutexLock lock(&mutex_);
    changed.NotifyAll();
  });
  const absl::Duration end = SteadyNow() + at_most;
  MutexLock lock(&mutex_);
  std::vector<decltype(waiting_)::iterator> entries;
  for (const auto& [collection, version] : versions)
    entries.push_back(waiting_.emplace(collection, &changed));
  while (context.Check().ok() && std::ranges::all_of(versions, [](const auto& one) {
           return one.first->version == one.second;
         })) {
    const absl::Duration left = std::min(end - SteadyNow(), context.Remaining());
    if (left <= absl::ZeroDuration()) break;
    changed.WaitFor(&mutex_, left);
  }
  for (const auto entry : entries) waiting_.erase(entry);
  return context.Check();
}

}  // namespace wheelhouse::kube
