#include "server/lifecycle/changes/same_rendering.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>

#include "server/kube/differences.h"
#include "server/kube/json.h"
#include "server/lifecycle/changes/manifest_json.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/crds.h"

namespace wheelhouse::lifecycle {
namespace {

bool HasSteps(const v1::StagePlan& stage) {
  return !stage.before().empty() || !stage.after().empty() || stage.skip_defaults();
}

std::vector<const ManifestObject*> Sorted(const Chart& chart,
                                          const std::vector<ManifestObject>& objects) {
  const auto key = [&](const ManifestObject* object) {
    return std::tuple(KeyOf(*object, chart.info().namespace_()), object->hook, object->text);
  };
  std::vector<const ManifestObject*> sorted;
  for (const ManifestObject& object : objects) sorted.push_back(&object);
  std::ranges::sort(sorted, {}, key);
  return sorted;
}

bool Same(const ManifestObject& a, const ManifestObject& b) {
  if (a.text == b.text) return true;
  const std::optional<kube::Json> left = ToJson(a), right = ToJson(b);
  if (!left.has_value() || !right.has_value()) return false;
  // helm 4 leaves empty annotations where it has marked a document that is written as one line.
  return kube::FindDifferences(kube::WithoutServerFields(*left), kube::WithoutServerFields(*right),
                               1)
      .empty();
}

}  // namespace

bool RenderingDecides(const Chart& chart, const Found& found) {
  const v1::ChartInfo& info = chart.info();
  const auto& stages = info.stages();
  return info.reapply() == v1::REAPPLY_IF_RENDERED_CHANGED && !WritesCrds(info, found) &&
         info.namespace_labels().empty() && !HasSteps(stages.pre_exec()) &&
         !HasSteps(stages.exec()) && !HasSteps(stages.post_exec());
}

bool SameObjects(const Chart& chart, const std::vector<ManifestObject>& stored,
                 const std::vector<ManifestObject>& rendered) {
  return std::ranges::equal(Sorted(chart, stored), Sorted(chart, rendered),
                            [](const auto* a, const auto* b) { return Same(*a, *b); });
}

}  // namespace wheelhouse::lifecycle
