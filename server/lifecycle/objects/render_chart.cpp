#include "server/lifecycle/objects/render_chart.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>

#include <algorithm>
#include <set>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/helm/charts.h"
#include "server/helm/values.h"
#include "server/lifecycle/objects/crds.h"
#include "server/lifecycle/objects/patch_rendered.h"

namespace wheelhouse::lifecycle {
namespace {

// `apps/v1` and `apps/v1/Deployment`, as .Capabilities.APIVersions names what is served.
void AddApi(const std::string& api_version, const std::string& kind, std::set<std::string>* apis) {
  apis->insert(api_version);
  apis->insert(absl::StrCat(api_version, "/", kind));
}

// What the CRDs that the run is about to create define.
std::set<std::string> ApisToCome(const Chart& chart, const Found& found) {
  std::set<std::string> apis;
  if (chart.info().crd_policy() == v1::CRD_POLICY_SKIP) return apis;
  const auto crds = CrdsOf(chart.asked, found);
  if (!crds.ok()) return apis;  // the step `crds` tells
  for (const ManifestObject& crd : crds->crds) {
    const DefinedKind defined = KindDefinedBy(crd);
    for (const std::string& version : defined.versions)
      AddApi(absl::StrCat(defined.group, "/", version), defined.kind, &apis);
  }
  return apis;
}

// A chart may fail for want of kinds that its own CRDs define: those are created before helm is
// asked. helm takes such kinds from the command line only where it asks no cluster; then lookups
// find nothing. `failed` is what became of a rendering that asked the cluster.
absl::StatusOr<std::string> RenderWithWhatComes(const Context& context, const Chart& chart,
                                                const Found& found, helm::RenderRequest request,
                                                const absl::Status& failed) {
  if (!HasReason(failed, Reason::kValuesInvalid) && !HasReason(failed, Reason::kChartInvalid))
    return failed;
  std::set<std::string> served;
  ASSIGN_OR_RETURN(const auto types, chart.kube().ServedTypes(context));
  for (const kube::ResourceType& type : types) AddApi(type.ApiVersion(), type.kind, &served);
  const std::set<std::string> coming = ApisToCome(chart, found);
  if (std::ranges::includes(served, coming)) return failed;
  served.insert(coming.begin(), coming.end());
  request.cluster = nullptr;
  request.api_versions.assign(served.begin(), served.end());
  auto text = chart.services.helm.Render(context, request);
  RETURN_IF_ERROR(context.Check());
  return text.ok() ? std::move(text) : failed;
}

}  // namespace

absl::StatusOr<std::string> ArchiveOf(const Found& found) {
  return found.chart.archive == nullptr ? std::string() : found.chart.archive->Path();
}

absl::StatusOr<std::string> RenderChart(const Context& context, const Chart& chart, Found& found,
                                        const Decided& decided) {
  ASSIGN_OR_RETURN(const auto values,
                   helm::WriteValues(chart.info(), chart.services.temp_directory));
  ASSIGN_OR_RETURN(const std::string archive, ArchiveOf(found));
  helm::RenderRequest request{chart.info().name(),
                              chart.info().namespace_(),
                              archive,
                              values->paths(),
                              values->sets(),
                              found.server_version,
                              decided.decision == v1::DECISION_UPGRADE,
                              &chart.report.redactor()};
  request.cluster = chart.asked.request.cluster;
  // Only helm knows which subcharts are enabled.
  auto& crds = found.chart.chart.crd_files;
  request.with_crds = std::ranges::any_of(
      crds, [](const helm::CrdFile& file) { return absl::StartsWith(file.path, "charts/"); });
  auto text = chart.services.helm.Render(context, request);
  if (!text.ok()) text = RenderWithWhatComes(context, chart, found, request, text.status());
  RETURN_IF_ERROR(text.status());
  if (request.with_crds) text = helm::SplitEnabledCrds(*text, &crds);
  return PatchRendered(context, chart, *text);
}

}  // namespace wheelhouse::lifecycle
