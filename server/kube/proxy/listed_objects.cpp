#include "server/kube/proxy/listed_objects.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <utility>

#include "common/formats/json_document.h"
#include "server/kube/json.h"

namespace wheelhouse::kube {
namespace {

constexpr size_t kSecondObject = 2;
constexpr char kJson[] = "application/json";
// Helm's own records are the largest Secrets of a namespace, and no chart has one.
constexpr char kNotRecords[] = "&labelSelector=owner!%3Dhelm";

bool MayLeaveOut(const ObjectPath& path) {
  return path.group.empty() && path.resource == "secrets";
}

HttpRequest ListOf(const ObjectPath& path) {
  return {.path = absl::StrCat(path.collection, "?limit=", ListedObjects::kMostListed,
                               MayLeaveOut(path) ? kNotRecords : "")};
}

// As the API server words it; clients read reason and details.
HttpResponse NotFound(const ObjectPath& path) {
  Json details = {{"name", path.name}, {"kind", path.resource}};
  if (!path.group.empty()) details["group"] = path.group;
  const std::string resource =
      path.group.empty() ? path.resource : absl::StrCat(path.resource, ".", path.group);
  const Json status = {{"kind", "Status"},
                       {"apiVersion", "v1"},
                       {"metadata", Json::object()},
                       {"status", "Failure"},
                       {"message", absl::StrCat(resource, " \"", path.name, "\" not found")},
                       {"reason", "NotFound"},
                       {"details", std::move(details)},
                       {"code", 404}};
  return {.status = 404, .body = status.dump(), .content_type = kJson};
}

// The list's objects by name, each as a GET would give it; nullopt where the list is not all there
// is, or is not to be had.
std::optional<std::map<std::string, std::string>> ObjectsOf(
    const absl::StatusOr<HttpResponse>& response) {
  if (!response.ok() || response->status != 200) return std::nullopt;
  Json list = ParseJson(response->body);
  if (!list.is_object() || !list.contains("items") || !list["items"].is_array() ||
      !Text(list, "/metadata/continue").empty())
    return std::nullopt;
  std::string kind = Text(list, "/kind");
  if (!absl::EndsWith(kind, "List")) return std::nullopt;
  kind.resize(kind.size() - 4);
  std::map<std::string, std::string> objects;
  for (Json& item : list["items"]) {
    if (!item.is_object()) return std::nullopt;
    // Items of a list do not say what they are.
    item["kind"] = kind;
    item["apiVersion"] = Text(list, "/apiVersion");
    objects[Text(item, "/metadata/name")] = item.dump();
  }
  return objects;
}

}  // namespace

std::optional<HttpResponse> ListedObjects::Find(const ObjectPath& path, const Send& send) {
  bool list = false;
  {
    MutexLock lock(&mutex_);
    Collection& collection = collections_[path.collection];
    if (++collection.asked[path.name] > kAnswers) return std::nullopt;
    list = !collection.tried && collection.asked.size() >= kSecondObject;
    if (list) collection.tried = true;
  }
  if (list) {
    auto objects = ObjectsOf(send(ListOf(path)));
    MutexLock lock(&mutex_);
    Collection& collection = collections_[path.collection];
    collection.whole = objects.has_value() && !MayLeaveOut(path);
    if (objects.has_value()) collection.objects = *std::move(objects);
  }
  MutexLock lock(&mutex_);
  const Collection& collection = collections_[path.collection];
  if (collection.all_written || collection.written.contains(path.name)) return std::nullopt;
  const auto found = collection.objects.find(path.name);
  if (found != collection.objects.end())
    return HttpResponse{.status = 200, .body = found->second, .content_type = kJson};
  if (!collection.whole) return std::nullopt;
  return NotFound(path);
}

void ListedObjects::Written(const ObjectPath& path) {
  MutexLock lock(&mutex_);
  collections_[path.collection].written.insert(path.name);
}

void ListedObjects::Written(const std::string& collection) {
  MutexLock lock(&mutex_);
  collections_[collection].all_written = true;
}

}  // namespace wheelhouse::kube
