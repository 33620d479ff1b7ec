#include <iostream>

#include "client/cli/commands.h"
#include "client/cli/connection.h"
#include "client/cli/output.h"
#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

void PrintStatus(const v1::GetStatusResponse& status) {
  std::cout << "wheelhoused " << status.version() << (status.draining() ? "  draining" : "")
            << "\ncaller " << status.caller() << "\nhelm " << status.helm().path() << " "
            << (status.helm().error().empty() ? status.helm().version() : status.helm().error())
            << "\nruns " << status.running() << " running, " << status.queued() << " queued\n";
  for (const auto& cluster : status.clusters()) {
    std::cout << "cluster " << cluster.name() << (cluster.default_() ? " (default)" : "") << "  "
              << (cluster.reachable() ? "reachable " + cluster.version()
                                      : "not reachable " + cluster.error())
              << "\n";
  }
}

int Status(const Options& options) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return Fail(connection.status());
  v1::GetStatusRequest request;
  request.set_check_clusters(true);
  v1::GetStatusResponse response;
  const absl::Status status = Call(*connection, connection->daemon,
                                   &v1::ServerService::Stub::GetStatus, request, &response);
  if (!status.ok()) return Fail(status);
  if (options.json()) {
    PrintJson(response);
  } else {
    PrintStatus(response);
  }
  return kExitDone;
}

}  // namespace

void AddStatus(CLI::App* app, const Options* options, int* exit_code) {
  app->add_subcommand("status", "The daemon, its clusters and its helm")
      ->callback([options, exit_code] { *exit_code = Status(*options); });
}

}  // namespace wheelhouse::cli
