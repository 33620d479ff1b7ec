#include <absl/strings/str_cat.h>

#include <filesystem>
#include <memory>
#include <set>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/plan/chart_packer.h"
#include "client/cli/plan/lock_file.h"
#include "client/cli/shell/files.h"
#include "common/failure.h"

namespace wheelhouse::cli {
namespace {

void AddViolations(const absl::Status& status, std::set<std::string>* places,
                   std::vector<FieldViolation>* all) {
  for (FieldViolation& violation : ViolationsOf(status)) {
    if (places->insert(absl::StrCat(violation.field, violation.description)).second)
      all->push_back(std::move(violation));
  }
}

int Lint(const Console& console, const PlanFileFlags& flags) {
  const absl::StatusOr<std::string> text = ReadTextFile(flags.file);
  if (!text.ok()) return Fail(console, absl::InvalidArgumentError(text.status().message()));
  const std::string folder = std::filesystem::path(flags.file).parent_path().string();
  std::vector<FieldViolation> wrong;
  std::set<std::string> places;
  int charts = 0;
  for (const std::string& environment : EnvironmentsOf(flags, *text)) {
    PlanOptions options = flags.options;
    options.environment = environment;
    absl::StatusOr<LocalPlan> plan = ParsePlan(*text, flags.file, folder, options);
    if (!plan.ok() && ViolationsOf(plan.status()).empty()) return Fail(console, plan.status());
    AddViolations(plan.status(), &places, &wrong);
    if (!plan.ok()) continue;
    charts = std::max(charts, plan->plan.charts_size());
    const absl::Status locked = UseLock(flags.file, options.locked, &*plan);
    if (!locked.ok() && ViolationsOf(locked).empty()) return Fail(console, locked);
    AddViolations(locked, &places, &wrong);
    for (size_t i = 0; i < plan->chart_paths.size(); ++i) {
      if (plan->chart_paths[i].empty()) continue;
      const absl::Status packed = PackChart(plan->chart_paths[i]).status();
      const std::string place = LocationOf(plan->locations, absl::StrCat("charts[", i, "].chart"));
      if (!packed.ok())
        AddViolations(MakeInvalid(Reason::kPlanInvalid, {{place, std::string(packed.message())}}),
                      &places, &wrong);
    }
  }
  if (!wrong.empty()) return Fail(console, MakeInvalid(Reason::kPlanInvalid, std::move(wrong)));
  console.out << Printable(flags.file) << ": " << charts << (charts == 1 ? " chart" : " charts")
              << ", nothing wrong\n";
  return kExitDone;
}

}  // namespace

void AddPlanLint(CLI::App* plan, const Console* console, int* exit_code) {
  auto flags = std::make_shared<PlanFileFlags>();
  CLI::App* command = plan->add_subcommand(
      "lint", "Check a plan file and its charts, without a daemon: all environments, or one");
  AddPlanFileFlags(command, flags.get());
  command->footer(Examples({"wheelhouse plan lint -f plan.yaml"}));
  command->callback([flags, console, exit_code] { *exit_code = Lint(*console, *flags); });
}

}  // namespace wheelhouse::cli
