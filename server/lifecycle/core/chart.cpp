#include "server/lifecycle/core/chart.h"

#include <absl/strings/str_cat.h>

#include <map>
#include <string>
#include <tuple>

#include "common/failure.h"
#include "common/parallel.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr size_t kListsAtOnce = 8;

kube::SharedReads* SharedBy(kube::SharedView* view) {
  return view == nullptr ? nullptr : view->Use();
}

// The list that shows the object.
kube::ListOptions ListOf(const kube::ObjectId& id) {
  kube::ListOptions options{.ns = id.ns};
  const bool is_namespace = id.type.group.empty() && id.type.kind == "Namespace";
  if (!is_namespace) options.label_selector = "app.kubernetes.io/managed-by=Helm";
  options.metadata_only = is_namespace || kube::ReadyByExisting(id.type);
  return options;
}

}  // namespace

absl::StatusOr<std::vector<helm::ReleaseRecord>> Chart::Records(const Context& context) const {
  if (kube::SharedReads* shared = SharedBy(view)) {
    ASSIGN_OR_RETURN(auto records, helm::ListSharedRecords(context, *shared, view->since(),
                                                           info().namespace_(), info().name()));
    if (records.has_value()) return *std::move(records);
  }
  return helm::ListRecords(context, kube(), info().namespace_(), info().name());
}

absl::StatusOr<std::vector<helm::ReleaseRecord>> Chart::RecordsAgain(
    const Context& context, const std::vector<helm::ReleaseRecord>& before) const {
  return helm::ListRecordsAgain(context, kube(), info().namespace_(), info().name(), before);
}

absl::StatusOr<std::vector<helm::ReleaseRecord>> Chart::RecordsFrom(const Context& context,
                                                                    int revision) const {
  return helm::ListRecordsFrom(context, kube(), info().namespace_(), info().name(), revision);
}

absl::StatusOr<std::shared_ptr<const kube::Json>> Chart::Glimpse(const Context& context,
                                                                 const kube::ObjectId& id) const {
  kube::SharedReads* shared = SharedBy(view);
  if (shared == nullptr) return nullptr;
  ASSIGN_OR_RETURN(const auto listing, shared->List(context, id.type, ListOf(id), view->since()));
  if (listing == nullptr) return nullptr;
  const auto found = listing->find({id.ns, id.name});
  if (found == listing->end()) return nullptr;
  return std::shared_ptr<const kube::Json>(listing, &found->second);
}

absl::StatusOr<std::vector<std::shared_ptr<const kube::Json>>> Chart::Glimpses(
    const Context& context, const std::vector<kube::ObjectId>& ids) const {
  std::vector<std::shared_ptr<const kube::Json>> seen(ids.size());
  kube::SharedReads* shared = SharedBy(view);
  if (shared == nullptr) return seen;
  std::map<std::tuple<std::string, std::string, std::string>, const kube::ObjectId*> unread;
  for (const kube::ObjectId& id : ids) {
    if (!shared->Knows(id.type, ListOf(id), view->since()))
      unread.emplace(std::tuple(id.type.ApiVersion(), id.type.plural, id.ns), &id);
  }
  std::vector<const kube::ObjectId*> lists;
  for (const auto& [list, id] : unread) lists.push_back(id);
  // Whoever needs a list that could not be read learns why below.
  const absl::Duration since = view->since();
  InParallel(lists.size(), kListsAtOnce, [&](size_t i) {
    const kube::ObjectId& id = *lists[i];
    shared->List(context, id.type, ListOf(id), since).IgnoreError();
  });
  for (size_t i = 0; i < ids.size(); ++i) {
    ASSIGN_OR_RETURN(seen[i], Glimpse(context, ids[i]));
  }
  return seen;
}

absl::StatusOr<std::string> Chart::ServerVersion(const Context& context) const {
  kube::SharedReads* shared = SharedBy(view);
  return shared == nullptr ? kube().ServerVersion(context) : shared->ServerVersion(context);
}

absl::StatusOr<bool> Chart::MayI(const Context& context, const kube::AccessReview& review) const {
  kube::SharedReads* shared = SharedBy(view);
  return shared == nullptr ? kube().MayI(context, review) : shared->MayI(context, review);
}

std::vector<absl::StatusOr<bool>> Chart::MayI(
    const Context& context, const std::vector<kube::AccessReview>& reviews) const {
  kube::SharedReads* shared = SharedBy(view);
  std::vector<absl::StatusOr<bool>> answers(reviews.size());
  std::vector<size_t> unknown;
  for (size_t i = 0; i < reviews.size(); ++i) {
    const auto known = shared == nullptr ? std::nullopt : shared->KnownRight(reviews[i]);
    if (known.has_value())
      answers[i] = *known;
    else
      unknown.push_back(i);
  }
  InParallel(unknown.size(), unknown.size(), [&](size_t at) {
    const size_t i = unknown[at];
    answers[i] =
        shared == nullptr ? kube().MayI(context, reviews[i]) : shared->MayI(context, reviews[i]);
  });
  return answers;
}

absl::Status Chart::CheckNamespace(const std::string& ns, const std::string& object) const {
  const auto& held = asked.request.namespaces;
  if (ns.empty() || held.empty() || held.contains(ns)) return absl::OkStatus();
  return MakeFailure(
      Reason::kNamespaceNotAllowed,
      absl::StrCat(object, " is in the namespace ", ns, ", which the run does not hold"),
      {{"object", object}, {"namespace", ns}});
}

absl::StatusOr<kube::ObjectId> Chart::Identify(const Context& context,
                                               const std::string& api_version,
                                               const std::string& kind, const std::string& ns,
                                               const std::string& name) const {
  ASSIGN_OR_RETURN(const kube::ResourceType type, kube().Resolve(context, api_version, kind));
  kube::ObjectId id{type, "", name};
  if (type.namespaced) id.ns = ns.empty() ? info().namespace_() : ns;
  RETURN_IF_ERROR(CheckNamespace(id.ns, id.ToString()));
  return id;
}

}  // namespace wheelhouse::lifecycle
