#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"
#include "client/cli/output/hints.h"
#include "client/cli/output/run_report.h"

namespace wheelhouse::cli {
namespace {

int Get(const Console& console, const Connection& connection, const v1::GetRunRequest& request) {
  return CallAndPrint<v1::GetRunResponse>(
      console, connection, connection.deployer, &DeployerStub::GetRun, request,
      [](v1::GetRunResponse response, std::ostream& out) {
        TranslateHints(HintStyle::kFields, response.mutable_run());
        PrintRun(response.run(), Reader::Here(), out);
      });
}

}  // namespace

void AddRunsGet(CLI::App* runs, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::GetRunRequest>();
  CLI::App* get =
      runs->add_subcommand("get", "Show one run with its steps and everything about its failure");
  get->add_option("ID", *request->mutable_run_id(), "The run's id")->required()->type_name("");
  get->footer(Examples({"wheelhouse runs get 01a20ff1aac70000f1e85198"}));
  get->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Get(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
