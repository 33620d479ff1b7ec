#include "client/cli/commands/plans/plan_file_flags.h"

#include <cstdlib>

#include "client/cli/plan/plan_file.h"

namespace wheelhouse::cli {

CLI::Option* AddPlanFile(CLI::App* command, PlanFileFlags* flags) {
  flags->options.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* const value = getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  CLI::Option* const file =
      command->add_option("-f,--file", flags->file, "The plan file (YAML), or - for standard input")
          ->required()
          ->type_name("FILE");
  command
      ->add_option("-e,--environment", flags->options.environment,
                   "Which of the plan's environments stands over its charts")
      ->type_name("NAME");
  return file;
}

std::vector<std::string> EnvironmentsOf(const PlanFileFlags& flags, const std::string& text) {
  if (!flags.options.environment.empty()) return {flags.options.environment};
  std::vector<std::string> environments = EnvironmentsIn(text, flags.file);
  // `${environment}` needs one.
  if (environments.empty()) environments.emplace_back();
  return environments;
}

CLI::Option* AddPlanFileFlags(CLI::App* command, PlanFileFlags* flags) {
  CLI::Option* const file = AddPlanFile(command, flags);
  command
      ->add_option("--only", flags->options.only,
                   "Only these charts: NAME, NAMESPACE/NAME, or conditions on name, namespace and "
                   "labels, such as namespace=demo,team=shop; may be repeated")
      ->allow_extra_args(false)
      ->type_name("SELECTOR");
  command->add_option("--skip", flags->options.skip, "Not these charts; may be repeated")
      ->allow_extra_args(false)
      ->type_name("SELECTOR");
  command->add_flag("--with-dependencies", flags->options.with_dependencies,
                    "With --only: also the charts on which these depend");
  command->add_flag("--locked", flags->options.locked,
                    "Refuse a chart of a repository or registry that the lock file does not have "
                    "(wheelhouse plan lock)");
  return file;
}

CLI::Option* AddPruneFlag(CLI::App* command, bool* prune) {
  return command->add_flag(
      "--prune", *prune,
      "Also destroy releases that earlier versions of the plan made and this one no longer has, "
      "once the rest has succeeded; never what is protected");
}

}  // namespace wheelhouse::cli
