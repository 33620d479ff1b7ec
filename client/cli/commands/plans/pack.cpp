#include <absl/strings/str_cat.h>
#include <google/protobuf/util/json_util.h>

#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/commands/plans/plan_file_flags.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/plan/chart_packer.h"
#include "client/cli/plan/plan_file.h"
#include "client/cli/shell/files.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

struct PackFlags {
  PlanFileFlags plan;
  std::string folder;
};

// What is written holds the plan's values, and with them its secrets.
absl::Status MakeFolder(const std::string& folder) {
  std::error_code error;
  if (std::filesystem::create_directory(folder, error))
    std::filesystem::permissions(folder, std::filesystem::perms::owner_all, error);
  if (!error) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("cannot make ", folder, ": ", error.message()));
}

absl::Status Pack(LocalPlan local, const std::string& folder) {
  RETURN_IF_ERROR(FetchGitCharts(&local));
  RETURN_IF_ERROR(MakeFolder(folder));
  std::map<std::string, std::string> names = {{"", ""}};  // of archives, by the paths of charts
  nlohmann::ordered_json archives = nlohmann::ordered_json::array();
  for (const std::string& path : local.chart_paths) {
    const auto [name, is_new] = names.emplace(path, absl::StrCat("chart-", names.size(), ".tgz"));
    archives.push_back(name->second);
    if (!is_new) continue;
    ASSIGN_OR_RETURN(const std::string archive, PackChart(path));
    ASSIGN_OR_RETURN(const std::string provenance, ProvenanceOf(path));
    const std::string to = absl::StrCat(folder, "/", name->second);
    RETURN_IF_ERROR(WriteFile(to, archive));
    if (!provenance.empty()) RETURN_IF_ERROR(WriteFile(to + ".prov", provenance));
  }
  std::string plan;
  const auto written = google::protobuf::util::MessageToJsonString(local.plan, &plan);
  if (!written.ok()) return absl::InternalError(written.ToString());
  const nlohmann::ordered_json whole = {{"plan", nlohmann::ordered_json::parse(plan)},
                                        {"archives", std::move(archives)}};
  return WriteFile(absl::StrCat(folder, "/plan.json"), whole.dump() + "\n");
}

int RunPack(const Console& console, const PackFlags& flags) {
  absl::StatusOr<LocalPlan> plan = ReadPlanFile(flags.plan.file, flags.plan.options);
  if (!plan.ok()) return Fail(console, plan.status());
  const int charts = plan->plan.charts_size();
  const absl::Status packed = Pack(*std::move(plan), flags.folder);
  if (!packed.ok()) return Fail(console, packed);
  console.out << "packed " << charts << (charts == 1 ? " chart" : " charts") << " into "
              << Printable(flags.folder) << "\n";
  return kExitDone;
}

}  // namespace

void AddPlanPack(CLI::App* plan, const Console* console, int* exit_code) {
  auto flags = std::make_shared<PackFlags>();
  CLI::App* command = plan->add_subcommand(
      "pack",
      "Write a plan file for programs that call the daemon themselves: the plan as the API has it "
      "(plan.json), and its charts as archives to be uploaded, with the .prov files beside them");
  AddPlanFileFlags(command, &flags->plan);
  command
      ->add_option(
          "--to", flags->folder,
          "The folder to write to. It is made if need be, for you alone: the plan's values "
          "may hold secrets")
      ->required()
      ->type_name("FOLDER");
  command->footer(Examples({"wheelhouse plan pack -f plan.yaml --to packed"}));
  command->callback([flags, console, exit_code] { *exit_code = RunPack(*console, *flags); });
}

}  // namespace wheelhouse::cli
