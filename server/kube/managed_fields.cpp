#include "server/kube/managed_fields.h"

namespace wheelhouse::kube {

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

}  // namespace wheelhouse::kube
