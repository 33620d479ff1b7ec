#include "server/kube/managed_fields.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include "common/formats/json_document.h"

namespace wheelhouse::kube {
namespace {

// Whether `key`, such as `k:{"containerPort":80,"protocol":"TCP"}`, is of the entry that `step`,
// such as `[containerPort=80]`, leads to.
bool IsEntry(const std::string& key, const std::string& step) {
  if (!absl::StartsWith(key, "k:")) return false;
  const Json keys = ParseJson(absl::string_view(key).substr(2));
  if (!keys.is_object()) return false;
  for (const auto& [name, value] : keys.items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (step == absl::StrCat("[", name, "=", text, "]")) return true;
  }
  return false;
}

// What `owned` has at `step`; nullptr when it has nothing there.
const Json* Below(const Json& owned, const std::string& step) {
  const auto field = owned.find("f:" + step);
  if (field != owned.end()) return &*field;
  for (const auto& [key, below] : owned.items()) {
    if (IsEntry(key, step)) return &below;
  }
  return nullptr;
}

// A leaf is owned with everything below it.
bool Owns(const Json& fields, const std::vector<std::string>& steps) {
  const Json* at = &fields;
  for (const std::string& step : steps) {
    if (!at->is_object()) return false;
    if (at->empty()) return at != &fields;
    at = Below(*at, step);
    if (at == nullptr) return false;
  }
  return true;
}

}  // namespace

Json AppliedFields(const Json& object, const std::string& manager) {
  for (const Json& entry : kube::List(object, "/metadata/managedFields")) {
    if (kube::Text(entry, "/manager") == manager && kube::Text(entry, "/operation") == "Apply" &&
        kube::Text(entry, "/subresource").empty())
      return entry.value("fieldsV1", Json::object());
  }
  return Json::object();
}

Json WithoutFields(const Json& owned, const Json& taken) {
  if (!owned.is_object() || !taken.is_object()) return owned;
  // A leaf is an empty object; a key with `.` stands for itself and for everything below it.
  Json left = Json::object();
  for (const auto& [key, below] : owned.items()) {
    const auto found = taken.find(key);
    if (found == taken.end()) {
      left[key] = below;
    } else if (below.is_object() && !below.empty()) {
      Json rest = WithoutFields(below, *found);
      if (!rest.is_null()) left[key] = std::move(rest);
    }
  }
  return left.empty() ? Json() : left;
}

std::string LastManagerOf(const Json& object, const std::vector<std::string>& steps) {
  std::string manager, time;
  for (const Json& entry : kube::List(object, "/metadata/managedFields")) {
    if (!entry.is_object() || !entry.contains("fieldsV1")) continue;
    // RFC 3339 in UTC: the order of the texts is that of the times.
    const std::string at = kube::Text(entry, "/time");
    if (at < time || !Owns(entry["fieldsV1"], steps)) continue;
    manager = kube::Text(entry, "/manager");
    time = at;
  }
  return manager;
}

}  // namespace wheelhouse::kube
