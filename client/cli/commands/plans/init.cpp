#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_replace.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/output/terminal_text.h"

namespace wheelhouse::cli {
namespace {

struct InitFlags {
  std::vector<std::string> charts;
  std::string file = "plan.yaml", name_space = "default";
};

constexpr char kHead[] =
    "# yaml-language-server: $schema=/usr/share/wheelhouse/plan.schema.json\n"
    "# wheelhouse plan -f {file} shows what this would do, wheelhouse apply -f {file} does it.\n"
    "\n"
    "# Stands under every chart.\n"
    "defaults:\n"
    "  namespace: {namespace}\n"
    "\n"
    "# Layers over every chart: wheelhouse apply -f {file} --environment prod\n"
    "# environments:\n"
    "#   prod:\n"
    "#     valuesFiles: [values/prod.yaml]\n"
    "\n"
    "charts:\n";

std::string SourceOf(const std::string& chart) {
  return absl::StrCat(absl::StartsWith(chart, "oci://") ? "oci" : "path", ": ", chart);
}

std::string NameOf(const std::string& chart) {
  const std::string name = std::filesystem::path(chart).lexically_normal().filename().string();
  return name.empty() || name == "." ? "web" : name;
}

// A file that is there is somebody's.
int Init(const Console& console, const InitFlags& flags) {
  std::error_code error;
  if (std::filesystem::exists(flags.file, error))
    return Fail(console, absl::InvalidArgumentError(absl::StrCat(flags.file, " exists already")));
  std::string text =
      absl::StrReplaceAll(kHead, {{"{file}", flags.file}, {"{namespace}", flags.name_space}});
  for (const std::string& chart : flags.charts)
    absl::StrAppend(&text, "- name: ", NameOf(chart), "\n  chart: {", SourceOf(chart), "}\n");
  std::ofstream file(flags.file);
  file << text << std::flush;
  if (!file)
    return Fail(console,
                absl::InvalidArgumentError(absl::StrCat(flags.file, " cannot be written")));
  console.out << "wrote " << Printable(flags.file) << "\n";
  return kExitDone;
}

}  // namespace

void AddPlanInit(CLI::App* plan, const Console* console, int* exit_code) {
  auto flags = std::make_shared<InitFlags>();
  CLI::App* command = plan->add_subcommand("init", "Write a plan file to start from");
  command->add_option("CHART", flags->charts, "Folders of charts, .tgz files, or oci://...")
      ->required()
      ->type_name("");
  command->add_option("-f,--file", flags->file, "The file to write (default: plan.yaml)")
      ->type_name("FILE");
  AddNamespace(command, &flags->name_space, "The namespace of its charts (default: default)");
  command->footer(Examples({"wheelhouse plan init ./charts/web ./charts/db -n demo"}));
  command->callback([flags, console, exit_code] { *exit_code = Init(*console, *flags); });
}

}  // namespace wheelhouse::cli
