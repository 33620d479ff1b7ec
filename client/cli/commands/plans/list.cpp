#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/output/saved_plan_report.h"

namespace wheelhouse::cli {
namespace {

int List(const Console& console, const Connection& connection, v1::ListPlansRequest request) {
  v1::ListPlansResponse response;
  // A page of which the caller may see no plan is not the end.
  do {
    const absl::Status status =
        Call(connection, connection.plans, &PlanStub::ListPlans, request, &response);
    if (!status.ok()) return Fail(console, status);
    request.set_page_token(response.next_page_token());
  } while (response.plans().empty() && !request.page_token().empty());
  if (console.options.structured()) {
    PrintMessage(console, response);
    return kExitDone;
  }
  PrintSavedPlans(response.plans(), Reader::Here(), console.out);
  if (!response.next_page_token().empty())
    console.errors << "more plans: --page-token " << response.next_page_token() << "\n";
  return kExitDone;
}

}  // namespace

void AddPlansList(CLI::App* plans, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::ListPlansRequest>();
  CLI::App* list = plans->add_subcommand(
      "list", "List saved plans, newest first: your own and those that you may approve");
  list->add_option_function<int>(
          "--page-size", [request](int size) { request->set_page_size(size); },
          "At most this many plans (default 50, at most 500)")
      ->check(CLI::Range(1, 500))
      ->type_name("N");
  list->add_option_function<std::string>(
          "--page-token", [request](const std::string& text) { request->set_page_token(text); },
          "The page to list: the token that the page before it ended with")
      ->type_name("TOKEN");
  AddList(plans, list, [request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return List(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
