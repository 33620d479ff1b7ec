#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {
namespace {

LocalPlan MakePlan(v1::ChartInfo chart, const std::vector<std::string>& allowed) {
  for (const std::string& loss : allowed) {
    if (loss == "crd-loss") chart.mutable_allow()->set_crd_loss(true);
    if (loss == "volume-loss") chart.mutable_allow()->set_volume_loss(true);
  }
  LocalPlan local = PlanOfRelease(std::move(chart));
  local.locations["charts[0].profile"] = "--profile";
  local.locations["charts[0].deleteCrds"] = "--delete-crds";
  return local;
}

}  // namespace

void AddDestroy(CLI::App* app, const Console* console, int* exit_code) {
  auto chart = std::make_shared<v1::ChartInfo>();
  auto allowed = std::make_shared<std::vector<std::string>>();
  chart->set_namespace_("default");
  chart->set_action(v1::ACTION_DESTROY);
  CLI::App* command = app->add_subcommand(
      "destroy", "Uninstall a release; a release that does not exist is a success");
  AddRelease(command, chart->mutable_name(), chart->mutable_namespace_());
  command
      ->add_option("--profile", *chart->mutable_profile(),
                   "A profile for the chart: a name from `wheelhouse profiles list`")
      ->type_name("NAME");
  command->add_flag_callback(
      "--delete-crds", [chart] { chart->set_delete_crds(true); },
      "Also delete the CRDs that the profile names");
  command->add_flag_callback(
      "--no-hooks", [chart] { chart->set_no_hooks(true); },
      "Run none of the chart's hooks: one that fails keeps the release from being destroyed");
  command
      ->add_option("--allow", *allowed,
                   "Allow a loss: crd-loss (CRDs with their custom resources), volume-loss")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"crd-loss", "volume-loss"}))
      ->type_name("LOSS");
  command->footer(Examples(
      {"wheelhouse destroy web -n demo",
       "wheelhouse destroy kps -n monitoring --profile kube-prometheus-stack --delete-crds"}));
  command->callback([chart, allowed, console, exit_code] {
    *exit_code = Submit(*console, MakePlan(*chart, *allowed));
  });
}

}  // namespace wheelhouse::cli
