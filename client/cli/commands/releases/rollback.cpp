#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddRollback(CLI::App* app, const Console* console, int* exit_code) {
  auto chart = std::make_shared<v1::ChartInfo>();
  chart->set_namespace_("default");
  chart->set_action(v1::ACTION_ROLLBACK);
  CLI::App* command =
      app->add_subcommand("rollback", "Roll a release back, and validate the result");
  AddRelease(command, chart->mutable_name(), chart->mutable_namespace_());
  command
      ->add_option_function<int>(
          "REVISION", [chart](int revision) { chart->set_rollback_revision(revision); },
          "The target revision (default: the newest good one before the deployed one)")
      ->check(CLI::PositiveNumber)
      ->type_name("");
  command->add_flag_callback(
      "--no-hooks", [chart] { chart->set_no_hooks(true); }, "Run none of the chart's hooks");
  command->footer(
      Examples({"wheelhouse rollback web -n demo", "wheelhouse rollback web 3 -n demo"}));
  command->callback(
      [chart, console, exit_code] { *exit_code = Submit(*console, PlanOfRelease(*chart)); });
}

}  // namespace wheelhouse::cli
