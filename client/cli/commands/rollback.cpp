#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddRollback(CLI::App* app, const Options* options, int* exit_code) {
  auto chart = std::make_shared<v1::ChartInfo>();
  chart->set_namespace_("default");
  chart->set_action(v1::ACTION_ROLLBACK);
  CLI::App* command =
      app->add_subcommand("rollback", "Roll a release back, and validate what comes of it");
  command->add_option("RELEASE", *chart->mutable_name(), "The release's name")
      ->required()
      ->type_name("");
  command
      ->add_option_function<int>(
          "REVISION", [chart](int revision) { chart->set_rollback_revision(revision); },
          "The revision to go back to (default: the newest good one before that which is deployed)")
      ->check(CLI::PositiveNumber)
      ->type_name("");
  command
      ->add_option("-n,--namespace", *chart->mutable_namespace_(),
                   "The release's namespace (default: default)")
      ->type_name("NS");
  command->footer(
      Examples({"wheelhouse rollback web -n demo", "wheelhouse rollback web 3 -n demo"}));
  command->callback([chart, options, exit_code] {
    LocalPlan local;
    *local.plan.add_charts() = *chart;
    local.chart_paths.emplace_back();
    local.places = {{"charts[0].name", "RELEASE"}, {"charts[0].namespace", "--namespace"}};
    *exit_code = Submit(*options, std::move(local));
  });
}

}  // namespace wheelhouse::cli
