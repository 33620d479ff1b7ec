#include <absl/strings/str_cat.h>
#include <absl/strings/strip.h>

#include "common/status_macros.h"
#include "common/utf8.h"
#include "server/lifecycle/steps/caller_steps.h"
#include "server/lifecycle/steps/object_refs.h"

namespace wheelhouse::lifecycle {
namespace {

constexpr StepTraits kTraits{"command", false, ResumeKind::kOnce};

class CommandStep final : public Step {
 public:
  CommandStep(const v1::CommandStep& step, StepSettings settings)
      : Step(std::move(settings)), step_(step) {}
  const StepTraits& traits() const override { return kTraits; }
  absl::StatusOr<StepResult> Run(const Context& context, ChartContext& chart) override {
    const auto found = chart.services.commands.find(step_.command());
    if (found == chart.services.commands.end()) {
      return MakeFailure(
          Reason::kStepFailed,
          absl::StrCat("the operator has listed no command named ", step_.command()));
    }
    ProcessSpec spec;
    spec.argv = found->second.argv;
    spec.env = found->second.env;
    spec.env.insert(
        {{"PATH", "/usr/local/bin:/usr/bin:/bin"}, {"HOME", chart.services.temp_directory}});
    spec.stdout_limit = 64 << 10;
    spec.on_stderr_line = [&chart](absl::string_view line) { chart.Log("stderr", line); };
    for (const std::string& arg : step_.args()) {
      ASSIGN_OR_RETURN(std::string expanded, chart.Expand(arg));
      spec.argv.push_back(std::move(expanded));
    }
    auto result = chart.services.processes.Run(context, spec);
    RETURN_IF_ERROR(context.Check());
    if (!result.ok())
      return MakeFailure(Reason::kStepFailed,
                         absl::StrCat("the command ", step_.command(),
                                      " cannot be run: ", std::string(result.status().message())));
    if (result->exit_code != 0) {
      return MakeFailure(
          Reason::kStepFailed,
          absl::StrCat("the command ", step_.command(), " exited with ", result->exit_code, ": ",
                       chart.redactor.Mask(result->err.substr(0, 500))));
    }
    if (!step_.stdout_to_payload().empty()) {
      // The payload is journalled as JSON, which is UTF-8.
      chart.payload[step_.stdout_to_payload()] = ValidUtf8(absl::StripSuffix(result->out, "\n"));
    }
    return StepResult::Done(absl::StrCat("ran ", step_.command()));
  }

 private:
  const v1::CommandStep step_;
};

void Check(const v1::Step& step, const std::string& path, std::vector<FieldViolation>* wrong) {
  if (step.command().command().empty())
    wrong->push_back(
        {path + ".command.command", "expected the name of a command that the operator listed"});
}

void Namespaces(const v1::Step&, std::set<std::string>*) {}

std::unique_ptr<Step> Make(const v1::Step& step, StepSettings settings) {
  return std::make_unique<CommandStep>(step.command(), std::move(settings));
}

}  // namespace

const StepKind kCommandKind{v1::Step::kCommand, "command", &kTraits, Make, Check, Namespaces};

}  // namespace wheelhouse::lifecycle
