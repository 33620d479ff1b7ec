#include <absl/strings/str_cat.h>
#include <absl/time/clock.h>

#include "client/cli/commands/command.h"
#include "client/cli/commands/daemon/daemon_commands.h"
#include "client/cli/output/run_text.h"
#include "client/cli/output/table.h"

namespace wheelhouse::cli {
namespace {

void Print(const v1::GetStatusResponse& status, const std::string& server, std::ostream& out) {
  const std::string since = TimeText(status.start_time(), absl::Now(), absl::LocalTimeZone());
  const std::string& error = status.helm().error();
  PrintTable(
      {{"daemon", absl::StrCat("wheelhoused ", status.version(), " at ", server,
                               status.draining() ? ", draining: it accepts no new runs" : "")},
       {"since", since},
       {"caller", status.caller()},
       {"helm", absl::StrCat(error.empty() ? status.helm().version() : error, " (",
                             status.helm().path(), ")")},
       {"runs", absl::StrCat(status.running(), " running, ", status.queued(), " queued")}},
      out);
  std::vector<std::vector<std::string>> rows = {{"CLUSTER", "REACHABLE", "VERSION"}};
  for (const auto& cluster : status.clusters())
    rows.push_back({absl::StrCat(cluster.name(), cluster.default_() ? " (default)" : ""),
                    cluster.reachable() ? "yes" : "no",
                    cluster.reachable() ? cluster.version() : cluster.error()});
  out << "\n";
  PrintTable(rows, out);
}

int Status(const Console& console, const Connection& connection) {
  v1::GetStatusRequest request;
  request.set_check_clusters(true);
  return CallAndPrint<v1::GetStatusResponse>(
      console, connection, connection.daemon, &ServerStub::GetStatus, request,
      [&](const v1::GetStatusResponse& response, std::ostream& out) {
        Print(response, connection.server, out);
      });
}

}  // namespace

void AddStatus(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* command = app->add_subcommand(
      "status", "Show the daemon, its helm, and whether its clusters are reachable");
  command->footer(Examples({"wheelhouse status"}));
  command->callback([console, exit_code] {
    *exit_code = WithConnection(
        *console, [&](const Connection& connection) { return Status(*console, connection); });
  });
}

}  // namespace wheelhouse::cli
