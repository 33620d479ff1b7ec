#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/kube/readiness/readiness.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/objects/adoption.h"
#include "server/lifecycle/objects/manifests.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class GoneStep final : public StepOn<const Found> {
 public:
  GoneStep() : StepOn({.name = "gone", .may_be_skipped = true}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"gone", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 const Found& found) override {
    ASSIGN_OR_RETURN(const auto records, chart.Records(context));
    if (!records.empty()) {
      return MakeFailure(Reason::kValidationFailed,
                         absl::StrCat("the release ", chart.Name(), " still has records: revision ",
                                      records[0].revision, " is ", records[0].status));
    }
    Left left;
    for (const ManifestObject& object : found.doomed) {
      if (object.hook) continue;
      const auto id =
          chart.Identify(context, object.api_version, object.kind, object.ns, object.name);
      // A kind that is gone has no objects; what cannot be asked for may have.
      if (HasReason(id.status(), Reason::kKindUnknown)) continue;
      RETURN_IF_ERROR(id.status());
      RETURN_IF_ERROR(AwaitGone(context, chart, *id, &left));
    }
    std::vector<std::string> outcome;
    if (!left.kept.empty())
      outcome.push_back("kept by helm.sh/resource-policy: " + absl::StrJoin(left.kept, ", "));
    if (!left.others.empty())
      outcome.push_back("not the release's own any more: " + absl::StrJoin(left.others, ", "));
    return StepResult::Done(outcome.empty() ? "nothing is left" : absl::StrJoin(outcome, "; "));
  }

 private:
  // Objects that stay, by name.
  struct Left {
    std::vector<std::string> kept;    // by their author's wish
    std::vector<std::string> others;  // without the release's marks: helm 4 leaves them, too
  };

  // Foreground deletion continues after helm has returned.
  static absl::Status AwaitGone(const Context& context, const Chart& chart,
                                const kube::ObjectId& id, Left* left) {
    while (true) {
      const auto found = chart.kube().Get(context, id);
      if (HasReason(found.status(), Reason::kObjectNotFound)) return absl::OkStatus();
      RETURN_IF_ERROR(found.status());
      const bool own = OwnerOf(chart, *found) == Owner::kThisRelease;
      if (KeptByPolicy(*found) || (!own && !kube::BeingDeleted(*found))) {
        (own ? left->kept : left->others).push_back(id.ToString());
        return absl::OkStatus();
      }
      RETURN_IF_ERROR(While(absl::StrCat("waiting until ", id.ToString(), " is gone"),
                            context.Sleep(absl::Milliseconds(250))));
    }
  }
};

}  // namespace

std::unique_ptr<Step> MakeGoneStep() { return std::make_unique<GoneStep>(); }

}  // namespace wheelhouse::lifecycle
