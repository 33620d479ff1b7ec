#include "server/kube/readiness/reads.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"

namespace wheelhouse::kube {
namespace {

// Most waits end within these pauses, and need no watch. Controllers take 100 ms for a Deployment
// whose pods start at once.
constexpr absl::Duration kFirstPauses[] = {absl::Milliseconds(100), absl::Milliseconds(200),
                                           absl::Milliseconds(400)};
// Changes come in bursts.
constexpr absl::Duration kBurst = absl::Milliseconds(250);
constexpr absl::Duration kPause = absl::Seconds(1);
constexpr absl::Duration kLongestPause = absl::Seconds(5);

}  // namespace

absl::Duration NextPoll(absl::Duration last) {
  return std::clamp(last * 1.2, kPause, kLongestPause);
}

Reads::~Reads() {
  for (const auto& [key, read] : reads_) {
    if (read.collection != nullptr) cache_->Leave(read.collection);
  }
}

void Reads::BeginLook(bool anew) {
  anew_ = anew;
  if (!anew) versions_.clear();
  cached_ = asked_ = 0;
  ++look_;
}

const WatchCache::Collection* Reads::CollectionOf(const ResourceType& type,
                                                  const ListOptions& options) {
  // A collection of the whole cluster may be large.
  if (cache_ == nullptr || options.ns.empty()) return nullptr;
  const Key key{type.ApiVersion(), type.plural, options.ns, options.field_selector,
                options.metadata_only};
  Read& read = reads_.try_emplace(key, Read{type, options}).first->second;
  read.look = look_;
  return anew_ ? nullptr : read.collection;
}

absl::StatusOr<Json> Reads::Get(const Context& context, const ObjectId& id) {
  // Of a kind that is ready because it exists nothing but its metadata is needed.
  const WatchCache::Collection* collection =
      CollectionOf(id.type, {.ns = id.ns, .metadata_only = ReadyByExisting(id.type)});
  if (collection != nullptr) {
    if (std::optional<Json> found = cache_->Find(*collection, id.name, &versions_[collection])) {
      ++cached_;
      if (!found->is_null()) return *std::move(found);
      return MakeFailure(Reason::kObjectNotFound, id.ToString() + " not found");
    }
  }
  ++asked_;
  return client().Get(context, id);
}

absl::StatusOr<ObjectList> Reads::List(const Context& context, const ResourceType& type,
                                       const ListOptions& options) {
  if (const WatchCache::Collection* collection = CollectionOf(type, options)) {
    std::optional<ObjectList> list =
        cache_->List(*collection, options.label_selector, &versions_[collection]);
    if (list.has_value()) {
      ++cached_;
      return *std::move(list);
    }
  }
  ++asked_;
  return client().List(context, type, options);
}

absl::Status Reads::AwaitChange(const Context& context, absl::Duration at_most) {
  if (cache_ == nullptr) return context.Sleep(std::min(at_most, kPause));
  if (waits_ < std::size(kFirstPauses))
    return context.Sleep(std::min(at_most, kFirstPauses[waits_++]));
  for (auto& [key, read] : reads_) {
    // What is ready because it exists was read once.
    if (read.collection != nullptr || read.look != look_) continue;
    read.collection = cache_->Join(read.type, read.options);
    if (read.collection != nullptr) versions_[read.collection] = 0;
  }
  RETURN_IF_ERROR(context.Sleep(std::min(at_most, kBurst)));
  if (all_cached()) return cache_->AwaitChange(context, versions_, at_most);
  poll_ = NextPoll(poll_);
  return cache_->AwaitChange(context, versions_, std::min(at_most, poll_));
}

}  // namespace wheelhouse::kube
