#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"
#include "client/cli/output/run_report.h"

namespace wheelhouse::cli {
namespace {

int Cancel(const Console& console, const Connection& connection,
           const v1::CancelRunRequest& request) {
  return CallAndPrint<v1::CancelRunResponse>(
      console, connection, connection.deployer, &DeployerStub::CancelRun, request,
      [](const v1::CancelRunResponse& response, std::ostream& out) {
        PrintRun(response.run(), Reader::Here(), out);
      });
}

}  // namespace

void AddRunsCancel(CLI::App* runs, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::CancelRunRequest>();
  CLI::App* cancel = runs->add_subcommand("cancel", "Ask a run to end");
  cancel->add_option("ID", *request->mutable_run_id(), "The run's id")->required()->type_name("");
  cancel->add_flag_callback(
      "--force", [request] { request->set_force(true); },
      "Do not roll back, and stop a rollback that has begun: leave the release as it is, unlocked");
  cancel->footer(Examples({"wheelhouse runs cancel 01a20ff1aac70000f1e85198"}));
  cancel->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Cancel(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
