#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddApply(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<PlanFileFlags>();
  CLI::App* command =
      app->add_subcommand("apply", "Run a plan file: many charts, in the order of their dependsOn");
  AddPlanFileFlags(command, flags.get());
  command->footer(
      Examples({"wheelhouse apply -f plan.yaml", "wheelhouse apply -f plan.yaml --environment prod",
                "wheelhouse apply -f plan.yaml --only demo/web --with-dependencies"}));
  command->callback([flags, console, exit_code] {
    absl::StatusOr<LocalPlan> plan = ReadPlanFile(flags->file, flags->options);
    *exit_code = plan.ok() ? Submit(*console, *std::move(plan)) : Fail(*console, plan.status());
  });
}

}  // namespace wheelhouse::cli
