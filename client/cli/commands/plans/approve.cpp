#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/output/saved_plan_report.h"

namespace wheelhouse::cli {
namespace {

int Approve(const Console& console, const Connection& connection,
            const v1::ApprovePlanRequest& request) {
  return CallAndPrint<v1::ApprovePlanResponse>(
      console, connection, connection.plans, &PlanStub::ApprovePlan, request,
      [](const v1::ApprovePlanResponse& response, std::ostream& out) {
        PrintSavedPlan(response.plan(), Reader::Here(), out);
      });
}

}  // namespace

void AddPlansApprove(CLI::App* plans, const Console* console, int* exit_code) {
  auto request = std::make_shared<v1::ApprovePlanRequest>();
  CLI::App* approve =
      plans->add_subcommand("approve", "Approve a plan that another caller has saved");
  approve->add_option("ID", *request->mutable_plan_id(), "The plan's id")
      ->required()
      ->type_name("");
  approve->add_option("--hash", *request->mutable_sha256(), "Only if this is the plan's sha256")
      ->type_name("SHA256");
  approve->footer(Examples({"wheelhouse plans approve 01a20ff1aac70000f1e85198"}));
  approve->callback([request, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return Approve(*console, connection, *request);
    });
  });
}

}  // namespace wheelhouse::cli
