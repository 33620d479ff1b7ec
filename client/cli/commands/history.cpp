#include <absl/time/clock.h>

#include <iostream>
#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/output/release_report.h"
#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

int History(const Options& options, v1::ListRevisionsRequest request) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  request.set_cluster(options.cluster);
  v1::ListRevisionsResponse response;
  const absl::Status status = Call(*connection, connection->releases,
                                   &v1::ReleaseService::Stub::ListRevisions, request, &response);
  if (!status.ok()) return Fail(status);
  if (options.json()) {
    PrintJson(response);
  } else {
    PrintRevisions(response, absl::Now(), absl::LocalTimeZone(), std::cout);
  }
  return kExitDone;
}

}  // namespace

void AddHistory(CLI::App* app, const Options* options, int* exit_code) {
  auto request = std::make_shared<v1::ListRevisionsRequest>();
  request->set_namespace_("default");
  CLI::App* command = app->add_subcommand("history", "The revisions of a release, newest first");
  command->add_option("RELEASE", *request->mutable_name(), "The release's name")
      ->required()
      ->type_name("");
  command
      ->add_option("-n,--namespace", *request->mutable_namespace_(),
                   "The release's namespace (default: default)")
      ->type_name("NS");
  command->footer(Examples({"wheelhouse history web -n demo"}));
  command->callback([request, options, exit_code] { *exit_code = History(*options, *request); });
}

}  // namespace wheelhouse::cli
