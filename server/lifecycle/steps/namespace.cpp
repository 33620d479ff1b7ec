#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/chart_context.h"
#include "server/lifecycle/steps/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class NamespaceStep final : public Step {
 public:
  NamespaceStep() : Step({.name = "namespace"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"namespace"};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const std::string& name = chart.info().namespace_();
    const kube::ObjectId id{{"", "v1", "Namespace", "namespaces", false}, "", name};
    const kube::Json labels(chart.info().namespace_labels());
    auto found = chart.kube().Get(context, id);
    if (HasReason(found.status(), Reason::kObjectNotFound)) {
      kube::Json object = {
          {"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", name}}}};
      for (const auto& [key, value] : chart.info().namespace_labels())
        object["metadata"]["labels"][key] = value;
      RETURN_IF_ERROR(chart.kube().Create(context, id, object).status());
      v1::LeftChanged left;
      left.set_kind("Namespace");
      left.set_name(name);
      left.set_change("created");
      chart.facts.left_changed.push_back(left);
      return StepResult::Done(absl::StrCat("created ", name));
    }
    RETURN_IF_ERROR(found.status());
    kube::Json patch = kube::Json::object();
    for (const auto& [key, value] : chart.info().namespace_labels()) {
      if (found->value(kube::Json::json_pointer("/metadata/labels"), kube::Json::object())
              .value(key, "") != value) {
        patch["metadata"]["labels"][key] = value;
      }
    }
    if (patch.empty())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED, absl::StrCat(name, " exists"));
    RETURN_IF_ERROR(chart.kube().MergePatch(context, id, patch).status());
    return StepResult::Done(absl::StrCat("labelled ", name));
  }
};

}  // namespace

std::unique_ptr<Step> MakeNamespaceStep() { return std::make_unique<NamespaceStep>(); }

}  // namespace wheelhouse::lifecycle
