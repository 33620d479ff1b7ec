#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddApply(CLI::App* app, const Console* console, int* exit_code) {
  auto file = std::make_shared<std::string>();
  CLI::App* command =
      app->add_subcommand("apply", "Run a plan file: many charts, in the order of their dependsOn");
  command->add_option("-f,--file", *file, "The plan file (YAML), or - for standard input")
      ->required()
      ->type_name("FILE");
  command->footer(
      Examples({"wheelhouse apply -f plan.yaml", "wheelhouse apply -f plan.yaml --detach"}));
  command->callback([file, console, exit_code] {
    absl::StatusOr<LocalPlan> plan = ReadPlanFile(*file);
    *exit_code = plan.ok() ? Submit(*console, *std::move(plan)) : Fail(*console, plan.status());
  });
}

}  // namespace wheelhouse::cli
