#include "client/cli/import/import.h"

#include <absl/strings/str_cat.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/plans/plan_commands.h"
#include "client/cli/output/terminal_text.h"
#include "client/cli/shell/files.h"
#include "common/formats/block_yaml.h"
#include "common/formats/json_document.h"
#include "common/status_macros.h"

namespace wheelhouse::cli {
namespace {

struct ImportFlags {
  std::vector<std::string> files;
  std::string to, name_space;
};

// Writes the plan, and says on stderr what is not in it.
int WritePlan(const Console& console, const Imported& imported, const std::string& to) {
  const std::string text = BlockYaml(imported.plan);
  if (to.empty()) {
    PrintText(console, text);
  } else {
    // What somebody wrote is not written over.
    std::error_code error;
    const bool there = std::filesystem::exists(to, error);
    std::ofstream file(there ? std::string() : to);
    file << text << std::flush;
    if (!file)
      return Fail(console, absl::InvalidArgumentError(
                               absl::StrCat("--to: ", to, " exists or cannot be written")));
  }
  for (const std::string& missing : imported.missing) console.errors << Printable(missing) << "\n";
  if (!imported.missing.empty()) console.errors << imported.missing.size() << " to look at\n";
  return kExitDone;
}

using ReadFiles = absl::StatusOr<Imported> (*)(const std::vector<SourceFile>& files);

int Import(const Console& console, const ImportFlags& flags, ReadFiles read) {
  std::vector<SourceFile> files;
  for (const std::string& path : flags.files) {
    absl::StatusOr<std::string> text = ReadTextFile(path);
    if (!text.ok()) return Fail(console, absl::InvalidArgumentError(text.status().message()));
    files.push_back({path, *std::move(text)});
  }
  const absl::StatusOr<Imported> imported = read(files);
  return imported.ok() ? WritePlan(console, *imported, flags.to) : Fail(console, imported.status());
}

absl::Status AddRelease(const Console& console, const Connection& connection,
                        const v1::Release& release, Imported* imported) {
  v1::GetRevisionRequest request;
  request.set_cluster(console.options.cluster);
  request.set_namespace_(release.namespace_());
  request.set_name(release.name());
  request.add_parts(v1::REVISION_PART_VALUES);
  v1::GetRevisionResponse content;
  RETURN_IF_ERROR(
      Call(connection, connection.releases, &ReleaseStub::GetRevision, request, &content));
  const v1::Revision& revision = content.revision();
  const std::string name = absl::StrCat(release.namespace_(), "/", release.name());
  nlohmann::ordered_json chart = {{"name", release.name()},
                                  {"namespace", release.namespace_()},
                                  {"chart",
                                   {{"repository", "https://REPOSITORY.example"},
                                    {"name", revision.chart_name()},
                                    {"version", revision.chart_version()}}}};
  const auto values = ParseOrderedJson(content.values());
  if (values.is_object() && !values.empty())
    chart["yamlFilesContent"] = {{{"name", "values"}, {"content", BlockYaml(values)}}};
  imported->plan["charts"].push_back(std::move(chart));
  imported->missing.push_back(absl::StrCat(name, ": a record does not say where ",
                                           revision.chart_name(), " ", revision.chart_version(),
                                           " comes from: set chart"));
  for (const std::string& masked : content.masked())
    imported->missing.push_back(absl::StrCat(name, ": ", masked, " is secret: set it"));
  return absl::OkStatus();
}

// The releases that a cluster holds, all pages of them.
int ImportReleases(const Console& console, const Connection& connection, const ImportFlags& flags) {
  Imported imported;
  imported.plan["charts"] = nlohmann::ordered_json::array();
  v1::ListReleasesRequest request;
  request.set_cluster(console.options.cluster);
  request.set_namespace_(flags.name_space);
  do {
    v1::ListReleasesResponse page;
    absl::Status status =
        Call(connection, connection.releases, &ReleaseStub::ListReleases, request, &page);
    for (const v1::Release& release : page.releases()) {
      if (status.ok() && release.newest().status() != "uninstalled")
        status = AddRelease(console, connection, release, &imported);
    }
    if (!status.ok()) return Fail(console, status);
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return WritePlan(console, imported, flags.to);
}

void AddTo(CLI::App* command, ImportFlags* flags) {
  command->add_option("--to", flags->to, "The plan file to write (default: standard output)")
      ->type_name("FILE");
}

void AddFormat(CLI::App* import, const Console* console, int* exit_code, const std::string& name,
               const std::string& what, const std::string& example, bool several, ReadFiles read) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = import->add_subcommand(name, what);
  CLI::Option* files = command->add_option("FILE", flags->files, several ? "The files" : "The file")
                           ->required()
                           ->type_name("");
  if (!several) files->expected(1);
  AddTo(command, flags.get());
  command->footer(Examples({absl::StrCat("wheelhouse import ", name, " ", example)}));
  command->callback(
      [flags, read, console, exit_code] { *exit_code = Import(*console, *flags, read); });
}

void AddHelm(CLI::App* import, const Console* console, int* exit_code) {
  auto flags = std::make_shared<ImportFlags>();
  CLI::App* command = import->add_subcommand(
      "helm", "From the releases that a cluster holds, with their values; secrets stay masked");
  command->add_option("-n,--namespace", flags->name_space, "Only this namespace (default: all)")
      ->type_name("NS");
  AddTo(command, flags.get());
  command->footer(Examples({"wheelhouse import helm -n demo --to plan.yaml"}));
  command->callback([flags, console, exit_code] {
    *exit_code = WithConnection(*console, [&](const Connection& connection) {
      return ImportReleases(*console, connection, *flags);
    });
  });
}

}  // namespace

void AddImport(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* import = app->add_subcommand(
      "import",
      "Write a plan from what another tool has; stderr names, with lines, what is not in it");
  import->require_subcommand(1);
  import->footer(Examples({"wheelhouse import helmfile helmfile.yaml --to plan.yaml"}));
  AddFormat(import, console, exit_code, "helmfile", "From a helmfile (rendered: helmfile build)",
            "helmfile.yaml --to plan.yaml", false,
            [](const std::vector<SourceFile>& files) { return ImportHelmfile(files[0]); });
  AddFormat(import, console, exit_code, "helmsman", "From a desired state file of helmsman",
            "state.yaml --to plan.yaml", false,
            [](const std::vector<SourceFile>& files) { return ImportHelmsman(files[0]); });
  AddFormat(import, console, exit_code, "argocd", "From Applications of Argo CD",
            "apps/*.yaml --to plan.yaml", true, ImportArgoCd);
  AddFormat(import, console, exit_code, "flux",
            "From HelmReleases of Flux and the repositories that they name",
            "releases.yaml sources.yaml --to plan.yaml", true, ImportFlux);
  AddHelm(import, console, exit_code);
}

}  // namespace wheelhouse::cli
