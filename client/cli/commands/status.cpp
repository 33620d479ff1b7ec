#include <absl/time/clock.h>

#include <iostream>

#include "client/cli/commands/commands.h"
#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"
#include "common/reason.h"

namespace wheelhouse::cli {
namespace {

void PrintStatus(const v1::GetStatusResponse& status, const std::string& server) {
  const std::string since = TimeText(status.start_time(), absl::Now(), absl::LocalTimeZone());
  const std::string& error = status.helm().error();
  PrintTable({{"daemon", absl::StrCat("wheelhoused ", status.version(), " at ", server,
                                      status.draining() ? ", draining: it admits no runs" : "")},
              {"since", since},
              {"caller", status.caller()},
              {"helm", absl::StrCat(error.empty() ? status.helm().version() : error, " (",
                                    status.helm().path(), ")")},
              {"runs", absl::StrCat(status.running(), " running, ", status.queued(), " queued")}},
             std::cout);
  std::vector<std::vector<std::string>> rows = {{"CLUSTER", "REACHABLE", "VERSION"}};
  for (const auto& cluster : status.clusters())
    rows.push_back({absl::StrCat(cluster.name(), cluster.default_() ? " (default)" : ""),
                    cluster.reachable() ? "yes" : "no",
                    cluster.reachable() ? cluster.version() : cluster.error()});
  std::cout << "\n";
  PrintTable(rows, std::cout);
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
    PrintStatus(response, connection->server);
  }
  return kExitDone;
}

}  // namespace

void AddStatus(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* command =
      app->add_subcommand("status", "The daemon, its helm, and whether its clusters answer");
  command->footer(Examples({"wheelhouse status"}));
  command->callback([options, exit_code] { *exit_code = Status(*options); });
}

}  // namespace wheelhouse::cli
