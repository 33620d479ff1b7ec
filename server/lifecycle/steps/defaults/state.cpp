#include <absl/strings/str_cat.h>

#include "common/failure.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/when.h"
#include "server/lifecycle/objects/namespaces.h"
#include "server/lifecycle/release/take_over.h"
#include "server/lifecycle/steps/defaults/default_steps.h"

namespace wheelhouse::lifecycle {
namespace {

class StateStep final : public StepOn<Found, Trail> {
 public:
  StateStep() : StepOn({.name = "state"}) {}
  const StepTraits& traits() const override {
    static constexpr StepTraits kTraits{"state", true};
    return kTraits;
  }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart, Found& found,
                                 Trail& trail) override {
    auto& records = found.records;
    ASSIGN_OR_RETURN(records, chart.Records(context));
    if (!found.resumed()) RETURN_IF_ERROR(LeaveIfOvertaken(chart, records, trail));
    // What was installed before this run may be gone by now.
    const bool known = found.resumed() || trail.has_taken_over();
    if (!known || !trail.has_installed_version())
      RETURN_IF_ERROR(ReadInstalledVersion(context, chart, trail));
    RETURN_IF_ERROR(CheckNamespace(context, chart));
    if (records.empty()) return NoRelease(context, chart);
    ASSIGN_OR_RETURN(const bool going, NamespaceIsGoing(context, chart));
    if (going && !chart.asked.destroys()) {
      records.clear();
      return StepResult::Done("the namespace is being deleted, and the release with it");
    }
    return StepResult::Done(
        absl::StrCat("revision ", records[0].revision, " is ", records[0].status));
  }

 private:
  // With HELM_DRIVER=configmap another helm may have one, which an install would take for
  // strangers' objects, and a destroy for absent.
  static absl::StatusOr<StepResult> NoRelease(const Context& context, const Chart& chart) {
    const auto elsewhere = helm::HasConfigMapRecords(
        context, chart.kube(), chart.info().namespace_(), chart.info().name());
    if (HasReason(elsewhere.status(), Reason::kPermissionDenied))
      return StepResult::Done("no release in Secrets; ConfigMaps may not be listed");
    RETURN_IF_ERROR(elsewhere.status());
    if (!*elsewhere) return StepResult::Done("no release");
    return MakeFailure(
        Reason::kReleaseDriverUnsupported,
        absl::StrCat(
            "the records of ", chart.Name(),
            " are ConfigMaps (HELM_DRIVER=configmap), which wheelhouse does not read: make "
            "a Secret of the type helm.sh/release.v1 of each, with its name, labels and "
            "data, and delete the ConfigMaps; or uninstall the release with "
            "HELM_DRIVER=configmap helm uninstall"));
  }

  static absl::Status CheckNamespace(const Context& context, const Chart& chart) {
    const v1::ChartInfo& info = chart.info();
    const bool needed = info.action() == v1::ACTION_DEPLOY && info.has_create_namespace() &&
                        !info.create_namespace();
    if (!needed) return absl::OkStatus();
    ASSIGN_OR_RETURN(const bool going, NamespaceIsGoing(context, chart));
    if (!going) return absl::OkStatus();
    return MakeFailure(Reason::kObjectNotFound,
                       absl::StrCat("the namespace ", info.namespace_(),
                                    " does not exist, or is being deleted, and createNamespace is "
                                    "false: create it first, or leave createNamespace out"));
  }

  static absl::StatusOr<bool> NamespaceIsGoing(const Context& context, const Chart& chart) {
    const kube::ObjectId id = NamespaceId(chart.info().namespace_());
    ASSIGN_OR_RETURN(const auto known, chart.Glimpse(context, id));
    if (known != nullptr) return BeingDeleted(*known);
    const auto found = chart.kube().Get(context, id);
    if (HasReason(found.status(), Reason::kObjectNotFound)) return true;
    if (MayNotBeRead(found.status())) return false;
    RETURN_IF_ERROR(found.status());
    return BeingDeleted(*found);
  }
};

}  // namespace

std::unique_ptr<Step> MakeStateStep() { return std::make_unique<StateStep>(); }

}  // namespace wheelhouse::lifecycle
