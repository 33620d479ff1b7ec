#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {
namespace {

struct DestroyFlags {
  std::string release, name_space = "default", profile;
  bool delete_crds = false;
  std::vector<std::string> allowed;
};

LocalPlan MakePlan(const DestroyFlags& flags) {
  LocalPlan local;
  auto* chart = local.plan.add_charts();
  chart->set_name(flags.release);
  chart->set_namespace_(flags.name_space);
  chart->set_action(v1::ACTION_DESTROY);
  chart->set_profile(flags.profile);
  chart->set_delete_crds(flags.delete_crds);
  for (const std::string& loss : flags.allowed) {
    if (loss == "crd-loss") chart->mutable_allow()->set_crd_loss(true);
    if (loss == "volume-loss") chart->mutable_allow()->set_volume_loss(true);
  }
  local.chart_paths.emplace_back();
  local.places = {{"charts[0].name", "RELEASE"},
                  {"charts[0].namespace", "--namespace"},
                  {"charts[0].profile", "--profile"},
                  {"charts[0].deleteCrds", "--delete-crds"}};
  return local;
}

}  // namespace

void AddDestroy(CLI::App* app, const Options* options, int* exit_code) {
  auto flags = std::make_shared<DestroyFlags>();
  CLI::App* command =
      app->add_subcommand("destroy", "Uninstall a release; an absent one is a success");
  command->add_option("RELEASE", flags->release, "The release's name")->required()->type_name("");
  command
      ->add_option("-n,--namespace", flags->name_space,
                   "The release's namespace (default: default)")
      ->type_name("NS");
  command
      ->add_option("--profile", flags->profile,
                   "What is known of the chart: a name of `wheelhouse profiles list`")
      ->type_name("NAME");
  command->add_flag("--delete-crds", flags->delete_crds,
                    "Delete the CRDs that the profile names as well");
  command
      ->add_option("--allow", flags->allowed,
                   "What may be lost: crd-loss (custom resources with their CRDs), volume-loss")
      ->allow_extra_args(false)
      ->check(CLI::IsMember({"crd-loss", "volume-loss"}))
      ->type_name("LOSS");
  command->footer(Examples(
      {"wheelhouse destroy web -n demo",
       "wheelhouse destroy kps -n monitoring --profile kube-prometheus-stack --delete-crds"}));
  command->callback(
      [flags, options, exit_code] { *exit_code = Submit(*options, MakePlan(*flags)); });
}

}  // namespace wheelhouse::cli
