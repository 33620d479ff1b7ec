#include <absl/strings/str_cat.h>

#include "common/status_macros.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/objects/find_objects.h"
#include "server/lifecycle/objects/saved_objects.h"
#include "server/lifecycle/steps/callers/caller_steps.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kBackupTraits{"backup"};
constexpr StepTraits kRestoreTraits{"restore"};

std::string KeptUnder(const std::string& step) { return absl::StrCat("backup/", step); }

class BackupStep final : public StepOn<const Trail> {
 public:
  BackupStep(const v1::BackupStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kBackupTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 const Trail& trail) override {
    ASSIGN_OR_RETURN(const auto ids,
                     FindObjects(context, chart, step_.objects(), step_.selectors()));
    ASSIGN_OR_RETURN(const int saved,
                     SaveObjects(context, chart, trail, KeptUnder(settings().name), ids));
    return StepResult::Done(absl::StrCat("saved ", saved, " objects"));
  }

 private:
  const v1::BackupStep step_;
};

class RestoreStep final : public StepOn<Trail> {
 public:
  RestoreStep(const v1::RestoreStep& step, StepSettings settings)
      : StepOn(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kRestoreTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    ASSIGN_OR_RETURN(const auto saved, KeptJson(chart, KeptUnder(step_.backup())));
    // The plan has such a step, but the run did not reach it.
    if (!saved.has_value())
      return StepResult::Skipped(v1::SKIP_REASON_NOT_NEEDED,
                                 absl::StrCat("the step ", step_.backup(), " has saved nothing"));
    const auto present = step_.overwrite() ? WhenPresent::kOverwrite : WhenPresent::kLeave;
    int written = 0;
    for (const kube::Json& object : *saved) {
      ASSIGN_OR_RETURN(const bool wrote, PutBack(context, chart, object, present));
      if (!wrote) continue;
      ++written;
      ASSIGN_OR_RETURN(const kube::ObjectId id, IdOfSaved(context, chart, object));
      NoteChange(trail, id, "put back");
    }
    return StepResult::Done(absl::StrCat("put back ", written, " of ", saved->size(), " objects"));
  }

 private:
  const v1::RestoreStep step_;
};

std::unique_ptr<Step> MakeBackup(const v1::Step& step, StepSettings settings) {
  return std::make_unique<BackupStep>(step.backup(), std::move(settings));
}

std::unique_ptr<Step> MakeRestore(const v1::Step& step, StepSettings settings) {
  return std::make_unique<RestoreStep>(step.restore(), std::move(settings));
}

}  // namespace

const CallerStep kBackupStep{v1::Step::kBackup, &kBackupTraits, MakeBackup};
const CallerStep kRestoreStep{v1::Step::kRestore, &kRestoreTraits, MakeRestore};

}  // namespace wheelhouse::lifecycle
