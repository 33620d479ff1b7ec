#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "client/cli/commands/command.h"
#include "client/cli/commands/releases/release_commands.h"
#include "client/cli/output/terminal_text.h"
#include "common/formats/block_yaml.h"
#include "common/formats/json_document.h"

namespace wheelhouse::cli {
namespace {

// What one of the commands prints of the answer, as text.
using Print = void (*)(const Console& console, const v1::GetRevisionResponse& content);

// Only the values, so that what is printed can be given to `deploy --values`.
void PrintValues(const Console& console, const v1::GetRevisionResponse& content) {
  const auto values = ParseOrderedJson(content.values());
  if (console.options.output == "json") {
    console.out << content.values() << std::endl;
  } else {
    PrintText(console, BlockYaml(values));
  }
}

void PrintManifest(const Console& console, const v1::GetRevisionResponse& content) {
  PrintText(console, content.manifest());
}

void PrintNotes(const Console& console, const v1::GetRevisionResponse& content) {
  if (!content.notes().empty()) PrintText(console, content.notes());
}

void PrintHooks(const Console& console, const v1::GetRevisionResponse& content) {
  for (const v1::RevisionHook& hook : content.hooks()) PrintText(console, hook.manifest());
}

int Get(const Console& console, v1::GetRevisionRequest request, Print print) {
  request.set_cluster(console.options.cluster);
  return WithConnection(console, [&](const Connection& connection) -> int {
    v1::GetRevisionResponse content;
    const absl::Status status =
        Call(connection, connection.releases, &ReleaseStub::GetRevision, request, &content);
    if (!status.ok()) return Fail(console, status);
    const bool only_values = print == PrintValues;
    if (console.options.structured() && !only_values) {
      PrintMessage(console, content);
    } else {
      print(console, content);
    }
    if (!content.masked().empty())
      console.errors << "masked: " << Printable(absl::StrJoin(content.masked(), ", ")) << "\n";
    return kExitDone;
  });
}

void AddPart(CLI::App* get, const Console* console, int* exit_code, const std::string& name,
             const std::string& what, v1::RevisionPart part, Print print) {
  auto request = std::make_shared<v1::GetRevisionRequest>();
  request->set_namespace_("default");
  request->add_parts(part);
  CLI::App* command = get->add_subcommand(name, what);
  AddRelease(command, request->mutable_name(), request->mutable_namespace_());
  command
      ->add_option_function<int>(
          "--revision", [request](int revision) { request->set_revision(revision); },
          "The revision (default: the newest)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  command->footer(Examples({absl::StrCat("wheelhouse get ", name, " web -n demo")}));
  command->callback(
      [request, print, console, exit_code] { *exit_code = Get(*console, *request, print); });
}

}  // namespace

void AddGet(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* get = app->add_subcommand(
      "get", "Show what a revision of a release holds; secrets are masked, as stderr says");
  get->require_subcommand(1);
  get->footer(Examples(
      {"wheelhouse get values web -n demo", "wheelhouse get manifest web -n demo --revision 3"}));
  AddPart(get, console, exit_code, "values", "Show the values that were given, in YAML",
          v1::REVISION_PART_VALUES, PrintValues);
  AddPart(get, console, exit_code, "manifest", "Show the manifest, without hooks",
          v1::REVISION_PART_MANIFEST, PrintManifest);
  AddPart(get, console, exit_code, "notes", "Show the chart's NOTES.txt as it was rendered",
          v1::REVISION_PART_NOTES, PrintNotes);
  AddPart(get, console, exit_code, "hooks", "Show the hooks", v1::REVISION_PART_HOOKS, PrintHooks);
}

}  // namespace wheelhouse::cli
