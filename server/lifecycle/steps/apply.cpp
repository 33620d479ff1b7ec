#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"apply"};

class ApplyStep final : public Step {
 public:
  ApplyStep(const v1::ApplyStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    ASSIGN_OR_RETURN(
        const auto objects,
        ReadManifests(step_.manifests(), absl::StrCat("manifests of the step ", settings().name)));
    for (const ManifestObject& object : objects) {
      ASSIGN_OR_RETURN(const auto id, chart.Identify(context, object.api_version, object.kind,
                                                     object.ns, object.name));
      RETURN_IF_ERROR(Apply(context, chart, id, object.text));
    }
    return StepResult::Done(absl::StrCat("applied ", objects.size(), " objects"));
  }

 private:
  absl::Status Apply(const Context& context, ChartContext& chart, const kube::ObjectId& id,
                     const std::string& text) const {
    const auto version = [](const absl::StatusOr<kube::Json>& object) {
      return object.ok() ? kube::Text(*object, "/metadata/resourceVersion") : "";
    };
    const auto before = chart.kube().Get(context, id);
    kube::ApplyOptions options;
    options.force = step_.force();
    const auto after = chart.kube().Apply(context, id, text, options);
    if (!version(before).empty() && version(before) == version(after)) return absl::OkStatus();
    const bool created = HasReason(before.status(), Reason::kObjectNotFound);
    return chart.LeaveChanged(id, created ? kCreated : "applied", after.status());
  }

  const v1::ApplyStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  const auto objects = ReadManifests(step.apply().manifests(), "manifests");
  if (!objects.ok())
    return wrong->push_back({path + ".apply.manifests", FailureOf(objects.status()).message()});
  if (objects->empty())
    wrong->push_back({path + ".apply.manifests", "expected at least one object"});
  for (const ManifestObject& object : *objects) {
    if (object.name.empty() || object.api_version.empty()) {
      wrong->push_back({path + ".apply.manifests",
                        absl::StrCat("the ", object.kind, " needs apiVersion and metadata.name")});
    }
  }
}

void Namespaces(const v1::Step& step, std::set<std::string>* namespaces) {
  const auto objects = ReadManifests(step.apply().manifests(), "manifests");
  if (!objects.ok()) return;
  for (const ManifestObject& object : *objects) {
    if (!object.ns.empty()) namespaces->insert(object.ns);
    if (object.kind == "Namespace" && !object.name.empty()) namespaces->insert(object.name);
  }
}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<ApplyStep>(step.apply(), std::move(settings));
}

}  // namespace

const StepKind kApplyKind{v1::Step::kApply, "apply", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle
