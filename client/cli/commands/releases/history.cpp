#include <absl/time/clock.h>

#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/release_report.h"

namespace wheelhouse::cli {
namespace {

int History(const Console& console, const Connection& connection,
            v1::ListRevisionsRequest request) {
  request.set_cluster(console.options.cluster);
  return CallAndPrint<v1::ListRevisionsResponse>(
      console, connection, connection.releases, &ReleaseStub::ListRevisions, request,
      [](const v1::ListRevisionsResponse& response, std::ostream& out) {
        PrintRevisions(response, absl::Now(), absl::LocalTimeZone(), out);
      });
}

}  // namespace

void AddHistory(CLI::App* app, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::ListRevisionsRequest>();
  request->set_namespace_("default");
  CLI::App* command =
      app->add_subcommand("history", "List the revisions of a release, newest first");
  AddRelease(command, request->mutable_name(), request->mutable_namespace_());
  command->footer(Examples({"wheelhouse history web -n demo"}));
  command->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return History(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
