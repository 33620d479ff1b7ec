#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/run/submit.h"

namespace wheelhouse::cli {

namespace {

struct PlanFlags {
  PlanFileFlags plan;
  std::string format;
  bool exit_code = false;
};

int RunPlan(const Console& console, const PlanFlags& flags) {
  if (flags.plan.file.empty())
    return Fail(console, absl::InvalidArgumentError("--file is required: -f FILE, or - for stdin"));
  absl::StatusOr<LocalPlan> plan = ReadPlanFile(flags.plan.file, flags.plan.options);
  if (!plan.ok()) return Fail(console, plan.status());
  Options options = console.options;
  if (!flags.format.empty() && flags.format != "markdown") options.output = flags.format;
  const Console own{options, console.out, console.errors, console.terminal, console.colour};
  const PreviewFormat format = flags.format == "markdown" ? PreviewFormat::kMarkdown
                               : options.structured()     ? PreviewFormat::kMessage
                                                          : PreviewFormat::kReport;
  return SubmitPreview(own, *std::move(plan), format, flags.exit_code);
}

}  // namespace

void AddPlan(CLI::App* app, const Console* console, int* exit_code) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* command = app->add_subcommand(
      "plan",
      "Preview a plan file: show, field by field, what apply would change, and what it would lose");
  AddPlanInit(command, console, exit_code);
  AddPlanLint(command, console, exit_code);
  AddPlanFileFlags(command, &flags->plan)->required(false);
  command
      ->add_option("-o,--output", flags->format,
                   "text, json, yaml, or markdown: a comment for a pull request")
      ->check(CLI::IsMember({"text", "json", "yaml", "markdown"}))
      ->type_name("FORMAT");
  command->add_flag("--exit-code", flags->exit_code,
                    "Exit with 6 when apply would change a release, with 0 when it would not");
  command->footer(Examples({"wheelhouse plan -f plan.yaml",
                            "wheelhouse plan -f plan.yaml -o markdown > comment.md",
                            "wheelhouse plan -f plan.yaml -o json | jq '.run.charts[].decision'"}));
  command->callback([command, flags, console, exit_code] {
    if (command->get_subcommands().empty()) *exit_code = RunPlan(*console, *flags);
  });
}

}  // namespace wheelhouse::cli
