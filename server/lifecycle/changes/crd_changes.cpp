#include "server/lifecycle/changes/crd_changes.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/dry_run.h"
#include "server/lifecycle/changes/manifest_json.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/custom_resources.h"

namespace wheelhouse::lifecycle {
namespace {

// Its versions, and whether each is served.
std::map<std::string, bool> VersionsOf(const kube::Json& crd) {
  std::map<std::string, bool> versions;
  const auto list = crd.value("/spec/versions"_json_pointer, kube::Json::array());
  if (!list.is_array()) return versions;
  for (const kube::Json& version : list)
    versions[kube::Text(version, "/name")] =
        version.is_object() && version.contains("served") && version["served"] == true;
  return versions;
}

std::set<std::string> StoredVersionsOf(const kube::Json& crd) {
  std::set<std::string> stored;
  const auto list = crd.value("/status/storedVersions"_json_pointer, kube::Json::array());
  if (!list.is_array()) return stored;
  for (const kube::Json& version : list) {
    if (version.is_string()) stored.insert(version.get<std::string>());
  }
  return stored;
}

void CompareVersions(const kube::Json& live, const kube::Json& wanted, v1::CrdChange* change) {
  const auto before = VersionsOf(live), after = VersionsOf(wanted);
  const auto serves = [](const std::map<std::string, bool>& versions, const std::string& name) {
    const auto found = versions.find(name);
    return found != versions.end() && found->second;
  };
  for (const auto& [name, served] : after) {
    if (served && !serves(before, name)) change->add_added_versions(name);
  }
  for (const auto& [name, served] : before) {
    if (served && !serves(after, name)) change->add_dropped_versions(name);
  }
  for (const std::string& name : StoredVersionsOf(live)) {
    if (!after.contains(name)) change->add_dropped_stored_versions(name);
  }
}

// nullopt: it stays as it is.
absl::StatusOr<std::optional<v1::CrdChange>> ChangeOf(const Context& context, const Chart& chart,
                                                      const ManifestObject& crd, bool replaces) {
  v1::CrdChange change;
  change.set_name(crd.name);
  const auto live = chart.kube().Get(context, CrdId(crd.name));
  if (HasReason(live.status(), Reason::kObjectNotFound)) {
    change.set_action(v1::OBJECT_ACTION_CREATE);
    return std::optional<v1::CrdChange>(std::move(change));
  }
  RETURN_IF_ERROR(live.status());
  if (!replaces || !kube::WouldChange(context, chart.kube(), CrdId(crd.name), *live, crd.text))
    return std::optional<v1::CrdChange>();
  change.set_action(v1::OBJECT_ACTION_CHANGE);
  if (const auto wanted = ToJson(crd); wanted.has_value()) CompareVersions(*live, *wanted, &change);
  // Where they cannot be counted the change itself is worth being told.
  if (const auto resources = CustomResources(context, chart.kube(), *live); resources.ok())
    change.set_live_objects(static_cast<int>(resources->size()));
  RETURN_IF_ERROR(context.Check());
  return std::optional<v1::CrdChange>(std::move(change));
}

}  // namespace

absl::StatusOr<std::vector<v1::CrdChange>> FindCrdChanges(const Context& context,
                                                          const Chart& chart, const Found& found) {
  std::vector<v1::CrdChange> changes;
  std::set<std::string> seen;
  const auto add = [&](const std::vector<ManifestObject>& crds, bool replaces) -> absl::Status {
    for (const ManifestObject& crd : crds) {
      if (crd.kind != kCrd || !seen.insert(crd.name).second) continue;
      ASSIGN_OR_RETURN(auto change, ChangeOf(context, chart, crd, replaces));
      if (change.has_value()) changes.push_back(*std::move(change));
    }
    return absl::OkStatus();
  };
  const v1::CrdPolicy policy = chart.info().crd_policy();
  if (policy != v1::CRD_POLICY_SKIP) {
    ASSIGN_OR_RETURN(const ChartCrds brought, CrdsOf(chart.asked, found));
    RETURN_IF_ERROR(add(brought.crds, policy == v1::CRD_POLICY_CREATE_REPLACE));
  }
  RETURN_IF_ERROR(add(found.forecast, true));
  return changes;
}

}  // namespace wheelhouse::lifecycle
