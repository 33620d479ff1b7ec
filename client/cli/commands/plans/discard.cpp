#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"

namespace wheelhouse::cli {
namespace {

int Discard(const Console& console, const Connection& connection,
            const v1::DiscardPlanRequest& request) {
  return CallAndPrint<v1::DiscardPlanResponse>(
      console, connection, connection.plans, &PlanStub::DiscardPlan, request,
      [&](const v1::DiscardPlanResponse&, std::ostream& out) {
        out << "plan " << request.plan_id() << " is discarded\n";
      });
}

}  // namespace

void AddPlansDiscard(CLI::App* plans, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::DiscardPlanRequest>();
  CLI::App* discard = plans->add_subcommand("discard", "Delete a saved plan");
  discard->add_option("ID", *request->mutable_plan_id(), "The plan's id")
      ->required()
      ->type_name("");
  discard->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Discard(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
