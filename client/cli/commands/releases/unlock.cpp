#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddUnlock(CLI::App* app, const Console* console, int* exit_code) {
  auto chart = std::make_shared<v1::ChartInfo>();
  auto foreign = std::make_shared<bool>(false);
  chart->set_namespace_("default");
  chart->set_action(v1::ACTION_UNLOCK);
  CLI::App* command = app->add_subcommand(
      "unlock",
      "Remove the lock that a killed helm left on a release; an unlocked release is a success");
  AddRelease(command, chart->mutable_name(), chart->mutable_namespace_());
  command->add_flag("--allow-foreign", *foreign,
                    "Also remove the lock of a helm that wheelhouse did not start, once the lock "
                    "is old enough");
  command->footer(Examples({"wheelhouse unlock web -n demo"}));
  command->callback([chart, foreign, console, exit_code] {
    if (*foreign) chart->mutable_allow()->set_unlock(true);
    *exit_code = Submit(*console, PlanOfRelease(*chart));
  });
}

}  // namespace wheelhouse::cli
