#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/output/output.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddApply(CLI::App* app, const Options* options, int* exit_code) {
  auto file = std::make_shared<std::string>();
  CLI::App* command = app->add_subcommand(
      "apply", "Do what a plan file says: many charts, in the order of their dependsOn");
  command->add_option("-f,--file", *file, "The plan file (YAML); - is standard input")
      ->required()
      ->type_name("FILE");
  command->footer(
      Examples({"wheelhouse apply -f plan.yaml", "wheelhouse apply -f plan.yaml --detach"}));
  command->callback([file, options, exit_code] {
    absl::StatusOr<LocalPlan> plan = ReadPlanFile(*file);
    *exit_code = plan.ok() ? Submit(*options, *std::move(plan)) : Fail(plan.status());
  });
}

}  // namespace wheelhouse::cli
