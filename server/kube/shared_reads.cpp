#include "server/kube/shared_reads.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <utility>

#include "common/clock.h"
#include "common/failure.h"
#include "common/status_macros.h"

namespace wheelhouse::kube {
namespace {

// A run of more namespaces reads lists of the whole cluster.
constexpr size_t kFewNamespaces = 3;
// A list that is much longer than the run is of others' charts. For each chart of the run: whole
// objects, and metadata alone (the records of fifty revisions).
constexpr size_t kMostWhole = 10;
constexpr size_t kMostMetadata = 60;
// How much longer than it took to read it a list is used: a run whose lists take seconds would else
// do little but read them.
constexpr int kReadings = 10;

// The right in all namespaces.
AccessReview Everywhere(AccessReview review) {
  review.ns.clear();
  return review;
}

std::string KeyOf(const AccessReview& review) {
  return absl::StrCat(review.verb, " ", review.group, "/", review.resource, " ", review.ns, "/",
                      review.name);
}

}  // namespace

bool SharedReads::spread() const { return charts_.size() > kFewNamespaces; }

bool SharedReads::HasSeveral(const std::string& ns) const {
  const auto charts = charts_.find(ns);
  return charts != charts_.end() && charts->second > 1;
}

SharedReads::Key SharedReads::ListKey(const ResourceType& type, const ListOptions& options) {
  return {type.ApiVersion(),      type.plural,          options.ns, options.label_selector,
          options.field_selector, options.metadata_only};
}

absl::Duration SharedReads::GoodFor(absl::Duration took) {
  return std::clamp(kReadings * took, kOldest, kOldestLong);
}

bool SharedReads::IsGood(const Answer& answer, absl::Duration since) {
  const bool none = answer.listing == nullptr;
  return SteadyNow() - answer.asked < answer.good_for && (none || answer.asked >= since);
}

SharedReads::Answer SharedReads::Remembered(const Place& place) const {
  MutexLock lock(&mutex_);
  return place.answer;
}

absl::StatusOr<SharedReads::Answer> SharedReads::Ask(const Context& context,
                                                     const ResourceType& type,
                                                     ListOptions options) {
  // Whether a list can be read rarely changes.
  Answer answer{nullptr, SteadyNow(), kOldestAbout};
  size_t charts = 0;
  for (const auto& [ns, count] : charts_) {
    if (options.ns.empty() || ns == options.ns) charts += static_cast<size_t>(count);
  }
  options.most = charts * (options.metadata_only ? kMostMetadata : kMostWhole);
  options.managed_fields = false;
  auto list = client_.List(context, type, options);
  // Those who may not list may be allowed to get, or to list in their namespaces.
  if (HasReason(list.status(), Reason::kPermissionDenied) ||
      HasReason(list.status(), Reason::kObjectNotFound) ||
      HasReason(list.status(), Reason::kClusterAnswerTooLarge))
    return answer;
  RETURN_IF_ERROR(list.status());
  if (!list->complete) return answer;
  auto listing = std::make_shared<Listing>();
  for (Json& item : list->items) {
    const Json& metadata = item["metadata"];
    std::pair key{Text(metadata, "/namespace"), Text(metadata, "/name")};
    listing->emplace(std::move(key), std::move(item));
  }
  answer.listing = std::move(listing);
  answer.good_for = GoodFor(SteadyNow() - answer.asked);
  return answer;
}

absl::StatusOr<std::shared_ptr<const SharedReads::Listing>> SharedReads::Listed(
    const Context& context, const ResourceType& type, const ListOptions& options,
    absl::Duration since) {
  Place* place = nullptr;
  {
    MutexLock lock(&mutex_);
    auto& found = places_[ListKey(type, options)];
    if (found == nullptr) found = std::make_unique<Place>();
    place = found.get();
  }
  if (Answer known = Remembered(*place); IsGood(known, since)) return std::move(known.listing);
  ASSIGN_OR_RETURN(const auto turn, place->reading.Lock(context));
  if (Answer known = Remembered(*place); IsGood(known, since)) return std::move(known.listing);
  ASSIGN_OR_RETURN(Answer answer, Ask(context, type, options));
  MutexLock lock(&mutex_);
  place->answer = answer;
  return std::move(answer.listing);
}

absl::StatusOr<std::shared_ptr<const SharedReads::Listing>> SharedReads::List(
    const Context& context, const ResourceType& type, ListOptions options, absl::Duration since) {
  if (spread() || options.ns.empty()) {
    if (!spread()) return nullptr;
    const std::string ns = std::exchange(options.ns, "");
    ASSIGN_OR_RETURN(auto whole, Listed(context, type, options, since));
    if (whole != nullptr || ns.empty()) return whole;
    options.ns = ns;
  }
  if (!HasSeveral(options.ns)) return nullptr;
  return Listed(context, type, options, since);
}

bool SharedReads::Knows(const ResourceType& type, ListOptions options, absl::Duration since) const {
  const bool listed = spread() || HasSeveral(options.ns);
  if (!listed) return true;
  if (spread()) options.ns.clear();
  MutexLock lock(&mutex_);
  const auto found = places_.find(ListKey(type, options));
  return found != places_.end() && IsGood(found->second->answer, since);
}

absl::StatusOr<std::string> SharedReads::ServerVersion(const Context& context) {
  ASSIGN_OR_RETURN(const auto turn, asking_version_.Lock(context));
  {
    MutexLock lock(&mutex_);
    if (SteadyNow() - version_asked_ < kOldestAbout) return version_;
  }
  const absl::Duration asked = SteadyNow();
  ASSIGN_OR_RETURN(std::string version, client_.ServerVersion(context));
  MutexLock lock(&mutex_);
  version_ = version;
  version_asked_ = asked;
  return version;
}

bool SharedReads::MayBeEverywhere(const AccessReview& review) const {
  return charts_.size() > 1 && !review.ns.empty();
}

absl::StatusOr<bool> SharedReads::MayI(const Context& context, const AccessReview& review) {
  if (MayBeEverywhere(review)) {
    ASSIGN_OR_RETURN(const bool may, MayIThere(context, Everywhere(review)));
    if (may) return true;
  }
  return MayIThere(context, review);
}

std::optional<bool> SharedReads::KnownRight(const AccessReview& review) const {
  if (MayBeEverywhere(review)) {
    const std::optional<bool> may = KnownThere(Everywhere(review));
    if (!may.has_value() || *may) return may;
  }
  return KnownThere(review);
}

std::optional<bool> SharedReads::KnownThere(const AccessReview& review) const {
  MutexLock lock(&mutex_);
  const auto found = rights_.find(KeyOf(review));
  if (found == rights_.end() || SteadyNow() - found->second->asked >= kOldestAbout)
    return std::nullopt;
  return found->second->granted;
}

absl::StatusOr<bool> SharedReads::MayIThere(const Context& context, const AccessReview& review) {
  Right* right = nullptr;
  {
    MutexLock lock(&mutex_);
    auto& found = rights_[KeyOf(review)];
    if (found == nullptr) found = std::make_unique<Right>();
    right = found.get();
  }
  ASSIGN_OR_RETURN(const auto turn, right->asking.Lock(context));
  if (const std::optional<bool> known = KnownThere(review)) return *known;
  const absl::Duration asked = SteadyNow();
  ASSIGN_OR_RETURN(const bool may, client_.MayI(context, review));
  MutexLock lock(&mutex_);
  right->granted = may;
  right->asked = asked;
  return may;
}

}  // namespace wheelhouse::kube
