#include <memory>
#include <sstream>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/output/preview_report.h"
#include "client/cli/output/saved_plan_report.h"
#include "client/cli/shell/pager.h"

namespace wheelhouse::cli {
namespace {

int Show(const Console& console, const Connection& connection, const v1::GetPlanRequest& request) {
  v1::GetPlanResponse response;
  const absl::Status status =
      Call(connection, connection.plans, &PlanStub::GetPlan, request, &response);
  if (!status.ok()) return Fail(console, status);
  if (console.options.structured()) {
    PrintMessage(console, response);
    return kExitDone;
  }
  std::ostringstream text;
  PrintSavedPlan(response.plan(), Reader::Here(), text);
  text << "\n";
  PrintPreview(response.plan().preview(), console.colour && console.terminal >= 0, text);
  Page(console, text.str());
  return kExitDone;
}

}  // namespace

void AddPlansShow(CLI::App* plans, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::GetPlanRequest>();
  CLI::App* show = plans->add_subcommand(
      "show", "Show a saved plan, field by field: what applying it would change, and lose");
  show->add_option("ID", *request->mutable_plan_id(), "The plan's id")->required()->type_name("");
  show->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Show(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
