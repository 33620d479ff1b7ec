#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/output/saved_plan_report.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

namespace {

struct PlanFlags {
  PlanFileFlags plan;
  std::string format;
  bool exit_code = false, prune = false;
  bool save = false, require_approval = false;
};

// Tells of the plan that was saved. As JSON it is all that is printed.
int TellSaved(const Console& console, const std::string& plan_id, int exit_code) {
  return WithConnection(console, [&](const Connection& connection) {
    v1::GetPlanRequest request;
    request.set_plan_id(plan_id);
    const int told = CallAndPrint<v1::GetPlanResponse>(
        console, connection, connection.plans, &PlanStub::GetPlan, request,
        [](const v1::GetPlanResponse& response, std::ostream& out) {
          out << "\n";
          PrintSavedPlan(response.plan(), Reader::Here(), out);
        });
    return told == kExitDone ? exit_code : told;
  });
}

int SaveIt(const Console& console, LocalPlan plan, PreviewFormat format, const PlanFlags& flags) {
  if (format == PreviewFormat::kMessage) format = PreviewFormat::kNothing;
  std::string plan_id;
  const int code = SubmitToSave(console, std::move(plan), flags.require_approval, format,
                                flags.exit_code, &plan_id);
  return plan_id.empty() ? code : TellSaved(console, plan_id, code);
}

int RunPlan(const Console& console, const PlanFlags& flags) {
  if (flags.plan.file.empty())
    return Fail(console, absl::InvalidArgumentError("--file is required: -f FILE, or - for stdin"));
  absl::StatusOr<LocalPlan> plan = ReadPlanFile(flags.plan.file, flags.plan.options);
  if (!plan.ok()) return Fail(console, plan.status());
  if (flags.prune) plan->plan.set_prune(true);
  const Options options = OptionsFor(console, flags.format);
  const Console own{options, console.out, console.errors, console.terminal, console.colour};
  const PreviewFormat format = flags.format == "markdown" ? PreviewFormat::kMarkdown
                               : options.structured()     ? PreviewFormat::kMessage
                                                          : PreviewFormat::kReport;
  if (flags.save) return SaveIt(own, *std::move(plan), format, flags);
  return SubmitPreview(own, *std::move(plan), format, flags.exit_code);
}

}  // namespace

void AddPlan(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* command = app->add_subcommand(
      "plan",
      "Preview a plan file: show, field by field, what apply would change, and what it would lose");
  AddPlanInit(command, console, exit_code);
  AddPlanFmt(command, console, exit_code);
  AddPlanLint(command, console, exit_code);
  AddPlanLock(command, console, exit_code);
  AddPlanPack(command, console, exit_code);
  AddPlanFileFlags(command, &flags->plan)->required(false);
  AddReportFormat(command, &flags->format);
  command->add_flag("--exit-code", flags->exit_code,
                    "Exit with 6 when apply would change a release, with 0 when it would not");
  AddPruneFlag(command, &flags->prune);
  CLI::Option* save = command->add_flag(
      "--save", flags->save,
      "Keep what is shown: apply --plan ID deploys exactly that, or refuses if anything has "
      "changed since");
  command
      ->add_flag("--require-approval", flags->require_approval,
                 "The saved plan can only be applied once another caller has approved it")
      ->needs(save);
  command->footer(
      Examples({"wheelhouse plan -f plan.yaml", "wheelhouse plan -f plan.yaml --prune --save",
                "wheelhouse plan -f plan.yaml -o markdown > comment.md",
                "wheelhouse plan -f plan.yaml -o json | jq '.run.charts[].decision'"}));
  command->callback([command, flags, console, exit_code] {
    if (command->get_subcommands().empty()) *exit_code = RunPlan(*console, *flags);
  });
}

}  // namespace wheelhouse::cli
