#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddPlan(CLI::App* app, const Console* console, int* exit_code) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand(
      "plan", "Preview a plan file: report what apply would do and what would be lost");
  command->add_option("-f,--file", *file, "The plan file (YAML), or - for standard input")
      ->required()
      ->type_name("FILE");
  command->footer(Examples({"wheelhouse plan -f plan.yaml",
                            "wheelhouse plan -f plan.yaml -o json | jq '.run.charts[].decision'"}));
  command->callback([file, console, exit_code] {
    absl::StatusOr<LocalPlan> plan = ReadPlanFile(*file);
    *exit_code = plan.ok() ? Submit(*console, *std::move(plan), v1::MODE_PREVIEW)
                           : Fail(*console, plan.status());
  });
}

}  // namespace wheelhouse::cli
