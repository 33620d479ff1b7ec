#include <absl/strings/str_cat.h>

#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"
#include "client/cli/output/run_report.h"

namespace wheelhouse::cli {
namespace {

// All pages: the run that waits last may be on any of them.
int Queue(const Console& console, const Connection& connection) {
  const std::string& cluster = console.options.cluster;
  v1::ListRunsRequest request;
  request.set_page_size(500);
  request.set_filter("state != \"SUCCEEDED\" AND state != \"FAILED\" AND state != \"CANCELLED\"");
  if (!cluster.empty())
    request.set_filter(absl::StrCat(request.filter(), " AND cluster = \"", cluster, "\""));
  v1::ListRunsResponse all;
  do {
    v1::ListRunsResponse page;
    const absl::Status status =
        Call(connection, connection.deployer, &DeployerStub::ListRuns, request, &page);
    if (!status.ok()) return Fail(console, status);
    all.mutable_runs()->MergeFrom(page.runs());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (console.options.structured()) {
    PrintMessage(console, all);
  } else {
    PrintQueue(all.runs(), Reader::Here(), console.out);
  }
  return kExitDone;
}

}  // namespace

void AddQueue(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* queue =
      app->add_subcommand("queue", "List the runs that have not ended, and what each waits for");
  queue->footer(Examples({"wheelhouse queue --cluster prod"}));
  queue->callback([console, exit_code] {
    *exit_code = WithConnection(
        *console, [&](const Connection& connection) { return Queue(*console, connection); });
  });
}

}  // namespace wheelhouse::cli
