#include "server/lifecycle/gate/rules.h"

#include <absl/strings/str_cat.h>

#include <set>
#include <vector>

#include "common/status_macros.h"
#include "server/helm/record_size.h"
#include "server/lifecycle/core/same_object.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/live_objects.h"
#include "server/lifecycle/objects/losses.h"

namespace wheelhouse::lifecycle {
namespace {

// A release whose manifest and packed chart have less may only be too large by its values.
constexpr size_t kSmallRecord = 256 << 10;

}  // namespace

absl::Status NamespacesRule::Check(const Context&, const Chart& chart, const ManifestChange& change,
                                   Decided&) const {
  for (const ManifestObject& object : change.objects) {
    RETURN_IF_ERROR(chart.CheckNamespace(
        object.ns, absl::StrCat("the chart's ", object.kind, " ", object.name)));
  }
  return absl::OkStatus();
}

absl::Status RecordSizeRule::Check(const Context&, const Chart& chart, const ManifestChange& change,
                                   Decided&) const {
  helm::PackedSize manifest;
  size_t texts = 0;
  for (const ManifestObject& object : change.objects) texts += object.text.size();
  for (const ManifestObject& object : change.objects) {
    // What is small as it is needs no packing.
    if (change.chart_in_record.packed + texts >= kSmallRecord) manifest.Add(object.text);
  }
  return helm::CheckRecordFits({change.chart_in_record.packed, helm::PackedValues(chart.info()),
                                manifest.Finish(), change.chart_in_record.unpacked + texts});
}

absl::Status LossesRule::Check(const Context& context, const Chart& chart,
                               const ManifestChange& change, Decided& decided) const {
  RETURN_IF_ERROR(FindLossesOfChange(context, chart, decided, change.stored, change.objects));
  return RefuseLosses(chart, decided);
}

absl::Status OwnershipRule::Check(const Context& context, const Chart& chart,
                                  const ManifestChange& change, Decided&) const {
  const v1::StagePlan& before_helm = chart.info().stages().pre_exec();
  if (change.foreseen == nullptr && !(before_helm.before().empty() && before_helm.after().empty()))
    return absl::OkStatus();
  const std::string& ns = chart.info().namespace_();
  std::set<ObjectKey> seen;
  for (const auto* objects : {&change.stored, change.foreseen}) {
    if (objects == nullptr) continue;
    for (const ManifestObject& object : *objects) seen.insert(KeyOf(object, ns));
  }
  std::vector<ManifestObject> unseen;
  for (const ManifestObject& object : change.objects) {
    if (!seen.contains(KeyOf(object, ns))) unseen.push_back(object);
  }
  ASSIGN_OR_RETURN(const auto all, LookUp(context, chart, unseen));
  for (const LiveObject& one : all) {
    if (one.present()) RETURN_IF_ERROR(RefuseAnothers(chart, one.id, one.live, "deploy"));
  }
  return absl::OkStatus();
}

}  // namespace wheelhouse::lifecycle
