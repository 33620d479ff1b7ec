#include "server/lifecycle/objects/rendered.h"

#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include "common/status_macros.h"
#include "server/helm/charts.h"
#include "server/helm/releases.h"
#include "server/helm/values.h"
#include "server/kube/readiness/rollout.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/patch_rendered.h"

namespace wheelhouse::lifecycle {
namespace {

// Read once before, by ReadManifests: it is a mapping.
std::string SpecOf(const ManifestObject& object) {
  return YAML::Dump(YAML::Load(object.text)["spec"]);
}

// What the newest record holds; nothing when it cannot be read, so that the dry run decides.
std::vector<ManifestObject> Released(const Context& context, const Chart& chart,
                                     const Found& found) {
  if (found.records.empty()) return {};
  auto objects = ReadManifestOf(context, chart, found.records[0]);
  if (!objects.ok()) return {};
  return *std::move(objects);
}

}  // namespace

absl::StatusOr<std::string> RenderChart(const Context& context, const Chart& chart, Found& found,
                                        const Decided& decided) {
  ASSIGN_OR_RETURN(const auto values,
                   helm::WriteValues(chart.info(), chart.services.temp_directory));
  ASSIGN_OR_RETURN(
      std::string text,
      chart.services.helm.Render(
          context, {chart.info().name(), chart.info().namespace_(), found.chart.archive,
                    values->paths(), values->sets(), found.server_version,
                    decided.decision == v1::DECISION_UPGRADE, &chart.report.redactor()}));
  text = helm::SplitEnabledCrds(text, &found.chart.chart.crd_files);
  return PatchRendered(context, chart, text);
}

absl::StatusOr<std::vector<ManifestObject>> ReadManifestOf(const Context& context,
                                                           const Chart& chart,
                                                           const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  return ReadManifests(release.manifest,
                       absl::StrCat("the manifest of revision ", record.revision));
}

std::vector<kube::ObjectId> RenderedObjects(const Context& context, const Chart& chart,
                                            const Found& found, Hooks hooks) {
  std::vector<kube::ObjectId> ids;
  for (const ManifestObject& object : found.rendered) {
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
  // A helm that was killed with the daemon may have changed all of it: only the dry run knows.
  if (!released_.has_value())
    released_ =
        found_.resumed() ? std::vector<ManifestObject>() : Released(context, chart_, found_);
  const ManifestObject* rendered = FindObject(chart_, found_.rendered, id);
  if (rendered == nullptr) return true;
  const ManifestObject* released = FindObject(chart_, *released_, id);
  // In another version the same spec may be written differently.
  const bool comparable = released != nullptr && released->api_version == rendered->api_version;
  return (comparable && SpecOf(*released) != SpecOf(*rendered)) ||
         kube::WouldChange(context, chart_.kube(), id, live, rendered->text);
}

}  // namespace wheelhouse::lifecycle
