#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/inspection_report.h"

namespace wheelhouse::cli {
namespace {

int Tree(const Console& console, const Connection& connection, v1::GetReleaseTreeRequest request) {
  request.set_cluster(console.options.cluster);
  return CallAndPrint<v1::GetReleaseTreeResponse>(
      console, connection, connection.releases, &ReleaseStub::GetReleaseTree, request,
      [](const v1::GetReleaseTreeResponse& response, std::ostream& out) {
        PrintReleaseTree(response, out);
      });
}

}  // namespace

void AddTree(CLI::App* app, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::GetReleaseTreeRequest>();
  request->set_namespace_("default");
  CLI::App* command = app->add_subcommand(
      "tree", "Show a release's objects and what the cluster made for them, and how they are");
  AddRelease(command, request->mutable_name(), request->mutable_namespace_());
  command->footer(Examples({"wheelhouse tree web -n demo"}));
  command->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Tree(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
