#include <absl/strings/str_cat.h>

#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/runs/run_commands.h"
#include "client/cli/output/run_report.h"

namespace wheelhouse::cli {
namespace {

int List(const Console& console, const Connection& connection, v1::ListRunsRequest request) {
  // --cluster narrows as it does for other commands.
  if (const std::string& cluster = console.options.cluster; !cluster.empty())
    request.set_filter(absl::StrCat(request.filter(), request.filter().empty() ? "" : " AND ",
                                    "cluster = \"", cluster, "\""));
  v1::ListRunsResponse response;
  // A page of which no run matches the filter is not the end.
  do {
    const absl::Status status =
        Call(connection, connection.deployer, &DeployerStub::ListRuns, request, &response);
    if (!status.ok()) return Fail(console, status);
    request.set_page_token(response.next_page_token());
  } while (response.runs().empty() && !request.page_token().empty());
  if (console.options.structured()) {
    PrintMessage(console, response);
    return kExitDone;
  }
  PrintRuns(response.runs(), Reader::Here(), console.out);
  if (!response.next_page_token().empty())
    console.errors << "more runs: --page-token " << response.next_page_token() << "\n";
  return kExitDone;
}

}  // namespace

void AddRunsList(CLI::App* runs, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::ListRunsRequest>();
  CLI::App* list = runs->add_subcommand("list", "List runs, newest first");
  list->add_option_function<std::string>(
          "--filter", [request](const std::string& text) { request->set_filter(text); },
          "Comparisons with = or !=, joined by AND; the fields are state, cluster, caller, plan, "
          "namespace and release")
      ->type_name("EXPR");
  list->add_option_function<int>(
          "--page-size", [request](int size) { request->set_page_size(size); },
          "At most this many runs (default 50, at most 500)")
      ->check(CLI::Range(1, 500))
      ->type_name("N");
  list->add_option_function<std::string>(
          "--page-token", [request](const std::string& text) { request->set_page_token(text); },
          "List the next page: the token that the previous page printed")
      ->type_name("TOKEN");
  list->footer(
      Examples({"wheelhouse runs list --filter 'state = \"FAILED\" AND namespace = \"demo\"'"}));
  AddList(runs, list, [request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return List(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
