#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/formats/jsonpath.h"
#include "common/sha256.h"
#include "common/status_macros.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"checksum", true};

class ChecksumStep final : public StepOn<Trail> {
 public:
  ChecksumStep(const v1::ChecksumStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(const auto ids,
                     FindObjects(context, chart, step_.objects(), step_.selectors()));
    std::string all;
    for (const kube::ObjectId& id : ids) {
      ASSIGN_OR_RETURN(const std::string text, TextOf(context, chart, id));
      const std::string name = id.ToString();
      // With lengths, so that different splits of the same bytes differ.
      absl::StrAppend(&all, name.size(), ":", name, text.size(), ":", text);
    }
    const std::string digest = Sha256Hex(all);
    std::string changed;
    if (!step_.changed_to_payload().empty()) {
      const auto earlier = trail.payload().find(step_.compare_with());
      if (earlier == trail.payload().end())
        return MakeFailure(Reason::kStepFailed,
                           absl::StrCat("no step has set the payload key ", step_.compare_with()));
      changed = earlier->second == digest ? "false" : "true";
      (*trail.mutable_payload())[step_.changed_to_payload()] = changed;
    }
    if (!step_.to_payload().empty()) (*trail.mutable_payload())[step_.to_payload()] = digest;
    return StepResult::Done(
        absl::StrCat("sha256 of ", ids.size(), " objects",
                     changed.empty() ? "" : (changed == "true" ? ": changed" : ": not changed")));
  }

 private:
  absl::StatusOr<std::string> TextOf(const Context& context, const Chart& chart,
                                     const kube::ObjectId& id) const {
    auto object = chart.kube().Get(context, id);
    if (HasReason(object.status(), Reason::kObjectNotFound)) return std::string();
    RETURN_IF_ERROR(object.status());
    if (!step_.json_path().empty()) {
      const auto found = ReadJsonPath(*object, step_.json_path());
      if (!found.ok())
        return MakeFailure(Reason::kStepFailed, std::string(found.status().message()));
      return *found;
    }
    object->erase("metadata");
    object->erase("status");
    return object->dump(-1, ' ', false, kube::Json::error_handler_t::replace);
  }

  const v1::ChecksumStep step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<ChecksumStep>(step.checksum(), std::move(settings));
}

}  // namespace

const CallerStep kChecksumStep{v1::Step::kChecksum, &kTraits, Make};

}  // namespace wheelhouse::lifecycle
