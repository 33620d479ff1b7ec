#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include "common/process/child_limits.h"
#include "common/status_macros.h"
#include "server/lifecycle/core/chart.h"
#include "server/lifecycle/core/left_changed.h"
#include "server/lifecycle/core/payload.h"
#include "server/lifecycle/steps/callers/caller_steps.h"
#include "server/lifecycle/steps/callers/program_output.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"command", false, ResumeKind::kOnce};

absl::Status Failed(const std::string& command, const std::string& what) {
  return MakeFailure(Reason::kStepFailed, absl::StrCat("the command ", command, " ", what));
}

absl::Status Allowed(const v1::Step& step, const Services& services) {
  const std::string& name = step.command().command();
  if (services.commands.count(name) > 0) return absl::OkStatus();
  std::vector<std::string> listed;
  for (const auto& [known, command] : services.commands) listed.push_back(known);
  return MakeFailure(
      Reason::kPermissionDenied,
      absl::StrCat("the operator has not listed a command named ", name, "; ",
                   listed.empty() ? "it has not listed any"
                                  : absl::StrCat("it has listed: ", absl::StrJoin(listed, ", "))),
      {{"command", name}});
}

class CommandStep final : public StepOn<Trail> {
 public:
  CommandStep(const v1::Step& step, StepSettings settings)
      : StepOn(std::move(settings)), whole_(step), step_(whole_.command()) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, const Chart& chart,
                                 Trail& trail) override {
    RETURN_IF_ERROR(Allowed(whole_, chart.services));
    ASSIGN_OR_RETURN(const ProcessSpec spec, SpecFor(chart, trail));
    const std::string& name = step_.command();
    NoteEffect(trail, chart.report.position(), kTraits.kind,
               absl::StrCat("ran ", name, ", perhaps in part"));
    const auto result = chart.services.processes.Run(context, spec);
    RETURN_IF_ERROR(context.Check());
    if (!result.ok())
      return Failed(name, absl::StrCat("cannot be run: ", std::string(result.status().message())));
    RETURN_IF_ERROR(CheckWithinLimits(*result, absl::StrCat("the command ", name)));
    if (result->exit_code != 0) {
      const std::string said = ShortTail(result->err);
      return Failed(name, absl::StrCat("exited with ", result->exit_code,
                                       said.empty() ? "" : absl::StrCat(": ", said)));
    }
    if (!step_.stdout_to_payload().empty())
      RETURN_IF_ERROR(SetPayload(absl::StrCat("the command ", name), step_.stdout_to_payload(),
                                 result->out, trail));
    NoteEffect(trail, chart.report.position(), kTraits.kind, absl::StrCat("ran ", name));
    return StepResult::Done(absl::StrCat("ran ", name));
  }

 private:
  absl::StatusOr<ProcessSpec> SpecFor(const Chart& chart, const Trail& trail) const {
    const OperatorCommand& command = chart.services.commands.at(step_.command());
    ProcessSpec spec;
    spec.argv = command.argv;
    spec.env = command.env;
    spec.env.insert(
        {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", chart.services.temp_directory}});
    spec.stdout_limit = kMostOfPayload + 1;
    if (step_.stdout_to_payload().empty())
      spec.on_stdout_line = [&chart](absl::string_view line) { chart.report.Log("stdout", line); };
    spec.on_stderr_line = [&chart](absl::string_view line) { chart.report.Log("stderr", line); };
    for (const std::string& arg : step_.args()) {
      ASSIGN_OR_RETURN(std::string expanded, Expand(trail, arg));
      spec.argv.push_back(std::move(expanded));
    }
    return spec;
  }

  const v1::Step whole_;
  const v1::CommandStep& step_;
};

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<CommandStep>(step, std::move(settings));
}

}  // namespace

const CallerStep kCommandStep{v1::Step::kCommand, &kTraits, Make, Allowed};

}  // namespace wheelhouse::lifecycle
