#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

void AddUnlock(CLI::App* app, const Options* options, int* exit_code) {
  auto chart = std::make_shared<v1::ChartInfo>();
  auto foreign = std::make_shared<bool>(false);
  chart->set_namespace_("default");
  chart->set_action(v1::ACTION_UNLOCK);
  CLI::App* command = app->add_subcommand(
      "unlock", "Free a release of the lock of a killed helm; one that is not locked is a success");
  command->add_option("RELEASE", *chart->mutable_name(), "The release's name")
      ->required()
      ->type_name("");
  command
      ->add_option("-n,--namespace", *chart->mutable_namespace_(),
                   "The release's namespace (default: default)")
      ->type_name("NS");
  command->add_flag("--allow-foreign", *foreign,
                    "Also of a helm that was not wheelhouse's, once its lock is old enough");
  command->footer(Examples({"wheelhouse unlock web -n demo"}));
  command->callback([chart, foreign, options, exit_code] {
    LocalPlan local;
    *local.plan.add_charts() = *chart;
    if (*foreign) local.plan.mutable_charts(0)->mutable_allow()->set_unlock(true);
    local.chart_paths.emplace_back();
    local.places = {{"charts[0].name", "RELEASE"}, {"charts[0].namespace", "--namespace"}};
    *exit_code = Submit(*options, std::move(local));
  });
}

}  // namespace wheelhouse::cli
