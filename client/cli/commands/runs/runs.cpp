#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"

namespace wheelhouse::cli {

void AddRuns(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* runs = app->add_subcommand("runs", "List, get, watch, cancel and retry runs");
  runs->footer(
      Examples({"wheelhouse runs list", "wheelhouse runs watch 01a20ff1aac70000f1e85198"}));
  AddRunsList(runs, console, exit_code);
  AddRunsGet(runs, console, exit_code);
  AddRunsWatch(runs, console, exit_code);
  AddRunsCancel(runs, console, exit_code);
  AddRunsRetry(runs, console, exit_code);
}

}  // namespace wheelhouse::cli
