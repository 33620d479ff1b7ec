#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/output/output.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddPlan(CLI::App* app, const Options* options, int* exit_code) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand(
      "plan", "Check a plan file, and tell what apply would do and what would be lost");
  command->add_option("-f,--file", *file, "The plan file (YAML); - is standard input")
      ->required()
      ->type_name("FILE");
  command->footer(Examples({"wheelhouse plan -f plan.yaml",
                            "wheelhouse plan -f plan.yaml -o json | jq '.run.charts[].decision'"}));
  command->callback([file, options, exit_code] {
    absl::StatusOr<LocalPlan> plan = ReadPlanFile(*file);
    *exit_code =
        plan.ok() ? Submit(*options, *std::move(plan), v1::MODE_PREVIEW) : Fail(plan.status());
  });
}

}  // namespace wheelhouse::cli
