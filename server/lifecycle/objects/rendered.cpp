#include "server/lifecycle/objects/rendered.h"

#include <absl/strings/str_cat.h>
#include <yaml-cpp/yaml.h>

#include "common/status_macros.h"
#include "server/helm/charts.h"
#include "server/helm/releases.h"
#include "server/helm/values.h"
#include "server/kube/rollout.h"
#include "server/lifecycle/objects/patch_rendered.h"

namespace wheelhouse::lifecycle {
namespace {

// Read once before, by ReadManifests: it is a mapping.
std::string SpecOf(const ManifestObject& object) {
  return YAML::Dump(YAML::Load(object.text)["spec"]);
}

// What the newest record holds; nothing where it cannot be read, so that the dry run decides.
std::vector<ManifestObject> Released(const Context& context, ChartContext& chart) {
  if (chart.facts.records.empty()) return {};
  auto objects = ReadManifestOf(context, chart, chart.facts.records[0]);
  if (!objects.ok()) return {};
  return *std::move(objects);
}

}  // namespace

absl::StatusOr<std::string> RenderChart(const Context& context, ChartContext& chart) {
  ASSIGN_OR_RETURN(const auto values,
                   helm::WriteValues(chart.info(), chart.services.temp_directory));
  ASSIGN_OR_RETURN(
      std::string text,
      chart.services.helm.Render(
          context, {chart.info().name(), chart.info().namespace_(), chart.facts.chart.archive,
                    values->paths(), values->sets(), chart.facts.server_version,
                    chart.facts.decision == v1::DECISION_UPGRADE, &chart.redactor}));
  text = helm::SplitEnabledCrds(text, &chart.facts.chart.chart.crd_files);
  return PatchRendered(context, chart, text);
}

absl::StatusOr<std::vector<ManifestObject>> ReadManifestOf(const Context& context,
                                                           ChartContext& chart,
                                                           const helm::ReleaseRecord& record) {
  ASSIGN_OR_RETURN(const helm::Release release, helm::ReadRelease(context, chart.kube(), record));
  return ReadManifests(release.manifest,
                       absl::StrCat("the manifest of revision ", record.revision));
}

std::vector<kube::ObjectId> RenderedObjects(const Context& context, ChartContext& chart,
                                            Hooks hooks) {
  std::vector<kube::ObjectId> ids;
  for (const ManifestObject& object : chart.facts.rendered) {
    if (object.hook && hooks == Hooks::kWithout) continue;
    auto id = chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
    if (id.ok()) ids.push_back(*std::move(id));
  }
  return ids;
}

const ManifestObject* FindObject(const ChartContext& chart,
                                 const std::vector<ManifestObject>& objects,
                                 const kube::ObjectId& id) {
  for (const ManifestObject& object : objects) {
    const std::string& ns = object.ns.empty() ? chart.info().namespace_() : object.ns;
    if (!object.hook && object.name == id.name && object.kind == id.type.kind &&
        object.api_version == id.type.ApiVersion() && (!id.type.namespaced || ns == id.ns))
      return &object;
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
    released_ = chart_.facts.resumed ? std::vector<ManifestObject>() : Released(context, chart_);
  const ManifestObject* rendered = FindObject(chart_, chart_.facts.rendered, id);
  if (rendered == nullptr) return true;
  const ManifestObject* released = FindObject(chart_, *released_, id);
  return (released != nullptr && SpecOf(*released) != SpecOf(*rendered)) ||
         kube::WouldChange(context, chart_.kube(), id, live, rendered->text);
}

}  // namespace wheelhouse::lifecycle
