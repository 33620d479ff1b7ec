#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"

namespace wheelhouse::cli {

void AddPlans(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* plans =
      app->add_subcommand("plans", "List, show, approve and discard plans that were saved");
  plans->footer(Examples({"wheelhouse plan -f plan.yaml --save", "wheelhouse plans list",
                          "wheelhouse plans approve 01a20ff1aac70000f1e85198",
                          "wheelhouse apply --plan 01a20ff1aac70000f1e85198"}));
  AddPlansList(plans, console, exit_code);
  AddPlansShow(plans, console, exit_code);
  AddPlansApprove(plans, console, exit_code);
  AddPlansDiscard(plans, console, exit_code);
}

}  // namespace wheelhouse::cli
