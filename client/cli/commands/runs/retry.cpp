#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddRunsRetry(CLI::App* runs, const Console* console, int* exit_code) {
  auto id = std::make_shared<std::string>();
  CLI::App* retry = runs->add_subcommand(
      "retry",
      "Run the whole plan of a failed or cancelled run again; charts that were done are unchanged");
  retry->add_option("ID", *id, "The run's id")->required()->type_name("");
  retry->footer(Examples({"wheelhouse runs retry 01a20ff1aac70000f1e85198"}));
  retry->callback([id, console, exit_code] { *exit_code = SubmitAgain(*console, *id); });
}

}  // namespace wheelhouse::cli
