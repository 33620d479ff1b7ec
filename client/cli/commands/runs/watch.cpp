#include "client/cli/run/watch.h"

#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"

namespace wheelhouse::cli {
namespace {

int Watch(const Console& console, const std::string& id) {
  Interrupt interrupt;  // before gRPC's first thread
  return WithConnection(console, [&](const Connection& connection) {
    return WatchToEnd(console, connection, MakeRunPrinter(console), id, &interrupt,
                      Role::kObserver);
  });
}

}  // namespace

void AddRunsWatch(CLI::App* runs, const Console* console, int* exit_code) {
  auto id = std::make_shared<std::string>();
  CLI::App* watch = runs->add_subcommand(
      "watch",
      "Watch a run to its end, and exit as deploy does; Ctrl-C without a terminal only detaches");
  watch->add_option("ID", *id, "The run's id")->required()->type_name("");
  watch->footer(Examples({"wheelhouse runs watch 01a20ff1aac70000f1e85198"}));
  watch->callback([id, console, exit_code] { *exit_code = Watch(*console, *id); });
}

}  // namespace wheelhouse::cli
