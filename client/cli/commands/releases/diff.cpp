#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/inspection_report.h"

namespace wheelhouse::cli {
namespace {

int Diff(const Console& console, const Connection& connection, v1::DiffRevisionsRequest request) {
  request.set_cluster(console.options.cluster);
  return CallAndPrint<v1::DiffRevisionsResponse>(
      console, connection, connection.releases, &ReleaseStub::DiffRevisions, request,
      [](const v1::DiffRevisionsResponse& response, std::ostream& out) {
        PrintRevisionDiff(response, out);
      });
}

}  // namespace

void AddDiff(CLI::App* app, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::DiffRevisionsRequest>();
  request->set_namespace_("default");
  CLI::App* command = app->add_subcommand(
      "diff", "Show where two revisions of a release differ: values, objects and hooks");
  AddRelease(command, request->mutable_name(), request->mutable_namespace_());
  const auto revision = [command](const char* name, const std::function<void(int)>& set,
                                  const char* what) {
    return command->add_option_function<int>(name, set, what)
        ->check(CLI::PositiveNumber)
        ->type_name("");
  };
  revision(
      "FROM", [request](int number) { request->set_from_revision(number); }, "The revision before")
      ->required();
  revision(
      "TO", [request](int number) { request->set_to_revision(number); },
      "The revision after (default: the newest)");
  command->footer(Examples({"wheelhouse diff web 3 4 -n demo"}));
  command->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Diff(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
