#include <memory>

#include "client/cli/commands.h"
#include "client/cli/submit.h"

namespace wheelhouse::cli {

void AddDestroy(CLI::App* app, const Options* options, int* exit_code) {
  auto release = std::make_shared<std::string>();
  auto name_space = std::make_shared<std::string>("default");
  CLI::App* command =
      app->add_subcommand("destroy", "Uninstall a release; an absent one is a success");
  command->add_option("RELEASE", *release, "The release's name")->required()->type_name("");
  command->add_option("-n,--namespace", *name_space, "The release's namespace (default: default)")
      ->type_name("NS");
  command->footer(Examples({"wheelhouse destroy web -n demo"}));
  command->callback([release, name_space, options, exit_code] {
    LocalPlan local;
    auto* chart = local.plan.add_charts();
    chart->set_name(*release);
    chart->set_namespace_(*name_space);
    chart->set_action(v1::ACTION_DESTROY);
    local.chart_paths.emplace_back();
    local.places = {{"charts[0].name", "RELEASE"}, {"charts[0].namespace", "--namespace"}};
    *exit_code = Submit(*options, std::move(local));
  });
}

}  // namespace wheelhouse::cli
