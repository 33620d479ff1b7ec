#include "server/lifecycle/objects/manifests.h"

#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include "common/status_macros.h"
#include "server/helm/releases.h"
#include "server/kube/dry_run.h"
#include "server/lifecycle/core/same_object.h"

namespace wheelhouse::lifecycle {
namespace {

// Read once before, by ReadManifests: it is a mapping.
std::string SpecOf(const ManifestObject& object) {
  return YAML::Dump(YAML::Load(object.text)["spec"]);
}

// What the record holds; nothing when it cannot be read, so that the dry run decides.
std::vector<ManifestObject> Released(const Context& context, const Chart& chart,
                                     const std::optional<helm::ReleaseRecord>& record) {
  if (!record.has_value()) return {};
  auto objects = ReadManifestOf(context, chart, *record);
  if (!objects.ok()) return {};
  return *std::move(objects);
}

}  // namespace

absl::StatusOr<const helm::Release*> ReadOnce(const Context& context, const Chart& chart,
                                              const helm::ReleaseRecord& record, Found& found) {
  auto& read = found.read_release;
  if (!read.has_value() || read->record.uid != record.uid ||
      read->record.resource_version != record.resource_version) {
    ASSIGN_OR_RETURN(read, helm::ReadRelease(context, chart.kube(), record));
  }
  return &*read;
}

absl::StatusOr<std::vector<ManifestObject>> ReadManifestOf(const Context& context,
                                                           const Chart& chart,
                                                           const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  return ObjectsIn(chart, release);
}

absl::StatusOr<std::vector<ManifestObject>> ObjectsIn(const Chart& chart,
                                                      const helm::Release& release) {
  ASSIGN_OR_RETURN(auto objects,
                   ReadManifests(release.manifest, absl::StrCat("the manifest of revision ",
                                                                release.record.revision)));
  chart.report.AddSecretsOf(objects);
  for (const helm::ReleaseHook& hook : release.hooks) {
    if (const auto of_hook = ReadManifests(hook.manifest, ""); of_hook.ok())
      chart.report.AddSecretsOf(*of_hook);
  }
  return objects;
}

absl::StatusOr<std::vector<ManifestObject>> AllObjectsIn(const Chart& chart,
                                                         const helm::Release& release) {
  ASSIGN_OR_RETURN(auto objects, ObjectsIn(chart, release));
  for (const helm::ReleaseHook& hook : release.hooks) {
    ASSIGN_OR_RETURN(const auto more,
                     ReadManifests(hook.manifest, "the manifest of the hook " + hook.name));
    for (ManifestObject object : more) {
      object.hook = true;
      objects.push_back(std::move(object));
    }
  }
  return objects;
}

absl::StatusOr<std::optional<helm::Release>> ReadInstalled(const Context& context,
                                                           const Chart& chart) {
  ASSIGN_OR_RETURN(const auto records, chart.Records(context));
  return ReadInstalled(context, chart, records);
}

absl::StatusOr<std::optional<helm::Release>> ReadInstalled(
    const Context& context, const Chart& chart, const std::vector<helm::ReleaseRecord>& records) {
  const helm::ReleaseRecord* installed = helm::InstalledRecord(records);
  if (installed == nullptr) return std::nullopt;
  return helm::ReadRelease(context, chart.kube(), *installed);
}

absl::StatusOr<std::vector<ManifestObject>> ObjectsOfRun(const Context& context, const Chart& chart,
                                                         const Found& found, const Trail& trail) {
  if (chart.asked.destroys()) return found.doomed;
  if (trail.made_revision() != 0) {
    ASSIGN_OR_RETURN(const auto records, chart.RecordsFrom(context, trail.made_revision()));
    const auto* record = helm::FindRecord(records, trail.made_revision());
    if (record != nullptr) {
      ASSIGN_OR_RETURN(const helm::Release release,
                       helm::ReadRelease(context, chart.kube(), *record));
      return AllObjectsIn(chart, release);
    }
  }
  if (!found.has_forecast) {
    ASSIGN_OR_RETURN(const auto installed, ReadInstalled(context, chart));
    if (installed.has_value()) return ObjectsIn(chart, *installed);
  }
  return found.forecast.empty() ? found.standing : found.forecast;
}

std::vector<kube::ObjectId> ServedObjects(const Context& context, const Chart& chart,
                                          const std::vector<ManifestObject>& objects, Hooks hooks) {
  std::vector<kube::ObjectId> ids;
  for (const ManifestObject& object : objects) {
    if (object.hook && hooks == Hooks::kWithout) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) ids.push_back(*std::move(id));
  }
  return ids;
}

const ManifestObject* FindObject(const Chart& chart, const std::vector<ManifestObject>& objects,
                                 const kube::ObjectId& id) {
  for (const ManifestObject& object : objects) {
    if (!object.hook && SameObject(object, id, chart.info().namespace_())) return &object;
  }
  return nullptr;
}

bool KeptByPolicy(const kube::Json& live) {
  return live.value("/metadata/annotations"_json_pointer, kube::Json::object())
             .value("helm.sh/resource-policy", "") == "keep";
}

bool UpcomingChange::Of(const Context& context, const kube::ObjectId& id, const kube::Json& live) {
  if (!released_.has_value()) released_ = Released(context, chart_, from_);
  const ManifestObject* applied = FindObject(chart_, objects_, id);
  if (applied == nullptr) return true;
  const ManifestObject* released = FindObject(chart_, *released_, id);
  // In another version the same spec may be written differently.
  const bool comparable = released != nullptr && released->api_version == applied->api_version;
  return (comparable && SpecOf(*released) != SpecOf(*applied)) ||
         kube::WouldChange(context, chart_.kube(), id, live, applied->text);
}

}  // namespace wheelhouse::lifecycle
