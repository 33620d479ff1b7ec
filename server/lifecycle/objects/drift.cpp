#include "server/lifecycle/objects/drift.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/dry_run.h"

namespace wheelhouse::lifecycle {
namespace {

using kube::Json;

constexpr size_t kFieldsNamed = 3;
// helm adds these to what it applies.
constexpr char kManagedBy[] = "app.kubernetes.io/managed-by";
constexpr char kMarks[] = "meta.helm.sh/";

std::string Field(const std::string& name) {
  const bool plain = std::ranges::all_of(
      name, [](unsigned char c) { return isalnum(c) != 0 || c == '_' || c == '-'; });
  return plain ? "." + name : absl::StrCat("[\"", name, "\"]");
}

bool IsNamed(const Json& list) {
  return !list.empty() && std::ranges::all_of(list, [](const Json& item) {
    return item.is_object() && item.contains("name") && item["name"].is_string();
  });
}

class Comparison {
 public:
  explicit Comparison(size_t most) : most_(most) {}

  void Compare(const Json& a, const Json& b, const std::string& path) {
    if (paths_.size() >= most_ || a == b) return;
    if (a.is_object() && b.is_object()) {
      CompareObjects(a, b, path);
    } else if (a.is_array() && b.is_array() && IsNamed(a) && IsNamed(b)) {
      CompareObjects(ByName(a), ByName(b), path);
    } else if (a.is_array() && b.is_array() && a.size() == b.size()) {
      for (size_t i = 0; i < a.size(); ++i) Compare(a[i], b[i], absl::StrCat(path, "[", i, "]"));
    } else {
      paths_.push_back(path);
    }
  }

  std::vector<std::string> Take() { return std::move(paths_); }

 private:
  // A key that begins with `[` is an entry of a list.
  void CompareObjects(const Json& a, const Json& b, const std::string& path) {
    std::set<std::string> keys;
    for (const auto& [key, value] : a.items()) keys.insert(key);
    for (const auto& [key, value] : b.items()) keys.insert(key);
    for (const std::string& key : keys) {
      const Json none;
      const std::string at = absl::StrCat(path, absl::StartsWith(key, "[name=") ? key : Field(key));
      Compare(a.contains(key) ? a[key] : none, b.contains(key) ? b[key] : none, at);
    }
  }

  static Json ByName(const Json& list) {
    Json map = Json::object();
    for (const Json& item : list)
      map[absl::StrCat("[name=", item["name"].get<std::string>(), "]")] = item;
    return map;
  }

  const size_t most_;
  std::vector<std::string> paths_;
};

// Without what the server writes, and without helm's marks.
Json Comparable(Json object) {
  if (!object.is_object()) return object;
  object.erase("status");
  Json& metadata = object["metadata"];
  if (!metadata.is_object()) metadata = Json::object();
  for (const char* own :
       {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp", "selfLink"})
    metadata.erase(own);
  if (metadata.contains("labels")) metadata["labels"].erase(kManagedBy);
  if (metadata.contains("annotations")) {
    Json kept = Json::object();
    for (const auto& [key, value] : metadata["annotations"].items()) {
      if (!absl::StartsWith(key, kMarks)) kept[key] = value;
    }
    metadata["annotations"] = kept;
  }
  for (const char* map : {"labels", "annotations"}) {
    if (metadata.contains(map) && metadata[map].empty()) metadata.erase(map);
  }
  return object;
}

// The kinds that helm's client knows by type, and so patches with a look at the live object.
bool HelmKnows(const std::string& group) {
  static const auto* const groups = new std::set<std::string>{"",
                                                              "apps",
                                                              "batch",
                                                              "autoscaling",
                                                              "policy",
                                                              "networking.k8s.io",
                                                              "rbac.authorization.k8s.io",
                                                              "storage.k8s.io",
                                                              "admissionregistration.k8s.io",
                                                              "apiextensions.k8s.io",
                                                              "certificates.k8s.io",
                                                              "coordination.k8s.io",
                                                              "discovery.k8s.io",
                                                              "events.k8s.io",
                                                              "flowcontrol.apiserver.k8s.io",
                                                              "node.k8s.io",
                                                              "resource.k8s.io",
                                                              "scheduling.k8s.io"};
  return groups->contains(group);
}

std::string Told(const kube::ObjectId& id, std::vector<std::string> fields) {
  const bool more = fields.size() > kFieldsNamed;
  if (more) fields.resize(kFieldsNamed);
  return absl::StrCat(id.ToString(), " ", absl::StrJoin(fields, ", "), more ? " and more" : "");
}

}  // namespace

std::vector<std::string> ChangedFields(const Json& live, const Json& applied, size_t most) {
  Comparison comparison(most);
  comparison.Compare(Comparable(live), Comparable(applied), "");
  return comparison.Take();
}

absl::StatusOr<Drift> FindDrift(const Context& context, const Chart& chart,
                                const std::vector<ManifestObject>& objects, bool server_side) {
  Drift drift;
  for (const ManifestObject& object : objects) {
    if (object.hook || object.name.empty()) continue;
    const auto id =
        chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (!id.ok()) continue;
    const auto live = chart.kube().Get(context, *id);
    if (HasReason(live.status(), Reason::kObjectNotFound)) continue;
    const auto applied =
        live.ok() ? kube::ApplyAsHelm(context, chart.kube(), *id, object.text) : live;
    RETURN_IF_ERROR(context.Check());
    if (HasReason(applied.status(), Reason::kClusterUnreachable)) return applied.status();
    if (!applied.ok()) {
      drift.unknown.push_back(id->ToString());
      continue;
    }
    const auto fields = ChangedFields(*live, *applied, kFieldsNamed + 1);
    if (fields.empty()) continue;
    const bool heals = server_side || HelmKnows(id->type.group);
    (heals ? drift.changed : drift.stays).push_back(Told(*id, fields));
  }
  return drift;
}

}  // namespace wheelhouse::lifecycle
