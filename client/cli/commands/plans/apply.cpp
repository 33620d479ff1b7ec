#include <memory>
#include <string>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {
namespace {

struct ApplyFlags {
  PlanFileFlags file;
  v1::SavedPlanRef plan;
  bool approve = false, prune = false;
};

int Approve(const Console& console, const v1::SavedPlanRef& plan) {
  return WithConnection(console, [&](const Connection& connection) {
    v1::ApprovePlanRequest request;
    request.set_plan_id(plan.plan_id());
    request.set_sha256(plan.sha256());
    v1::ApprovePlanResponse response;
    const absl::Status approved =
        Call(connection, connection.plans, &PlanStub::ApprovePlan, request, &response);
    return approved.ok() ? kExitDone : Fail(console, approved);
  });
}

int Apply(const Console& console, const ApplyFlags& flags) {
  if (!flags.plan.plan_id().empty()) {
    if (const int failed = flags.approve ? Approve(console, flags.plan) : kExitDone) return failed;
    return SubmitSaved(console, flags.plan);
  }
  if (flags.file.file.empty()) {
    return Fail(console, absl::InvalidArgumentError(
                             "name what to apply: -f FILE, or --plan ID of a saved plan"));
  }
  absl::StatusOr<LocalPlan> plan = ReadPlanFile(flags.file.file, flags.file.options);
  if (!plan.ok()) return Fail(console, plan.status());
  if (flags.prune) plan->plan.set_prune(true);
  return Submit(console, *std::move(plan));
}

}  // namespace

void AddApply(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<ApplyFlags>();
  CLI::App* command = app->add_subcommand(
      "apply", "Run a plan file, or a saved plan: many charts, in the order of their dependsOn");
  CLI::Option* file = AddPlanFileFlags(command, &flags->file)->required(false);
  CLI::Option* plan =
      command
          ->add_option("--plan", *flags->plan.mutable_plan_id(),
                       "The saved plan (plan --save) to apply: exactly what it showed")
          ->excludes(file)
          ->type_name("ID");
  AddPruneFlag(command, &flags->prune)->excludes(plan);
  command
      ->add_option("--hash", *flags->plan.mutable_sha256(),
                   "Only if this is the saved plan's sha256")
      ->needs(plan)
      ->type_name("SHA256");
  command
      ->add_flag("--approve", flags->approve, "Approve the saved plan, which another caller saved")
      ->needs(plan);
  command->footer(
      Examples({"wheelhouse apply -f plan.yaml", "wheelhouse apply -f plan.yaml --environment prod",
                "wheelhouse apply -f plan.yaml --prune",
                "wheelhouse apply -f plan.yaml --only demo/web --with-dependencies",
                "wheelhouse apply --plan 01a20ff1aac70000f1e85198"}));
  command->callback([flags, console, exit_code] { *exit_code = Apply(*console, *flags); });
}

}  // namespace wheelhouse::cli
