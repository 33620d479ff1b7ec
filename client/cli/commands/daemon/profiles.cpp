#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <memory>

#include "client/cli/commands/command.h"
#include "client/cli/commands/daemon/daemon_commands.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"
#include "common/formats/yaml_proto.h"

namespace wheelhouse::cli {
namespace {

std::string FirstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

void PrintProfiles(const v1::ListProfilesResponse& response, std::ostream& out) {
  std::vector<std::vector<std::string>> rows = {{"NAME", "VERSIONS", "CHARTS", "DESCRIPTION"}};
  for (const auto& profile : response.profiles())
    rows.push_back({profile.name(), profile.versions().empty() ? "any" : profile.versions(),
                    absl::StrJoin(profile.charts(), ", "), FirstSentence(profile.description())});
  PrintTable(rows, out);
}

int List(const Console& console, const Connection& connection) {
  return CallAndPrint<v1::ListProfilesResponse>(console, connection, connection.daemon,
                                                &ServerStub::ListProfiles,
                                                v1::ListProfilesRequest(), PrintProfiles);
}

// The file as it was written: its comments say why each line is there.
void PrintProfile(const v1::Profile& profile, std::ostream& out) {
  const absl::string_view text = absl::StripSuffix(profile.text(), "\n");
  for (const absl::string_view line : absl::StrSplit(text, '\n')) out << Printable(line) << "\n";
  out << "# " << Printable(profile.digest()) << "\n";
}

int Show(const Console& console, const Connection& connection, const std::string& name) {
  v1::ListProfilesResponse response;
  const absl::Status status = Call(connection, connection.daemon, &ServerStub::ListProfiles,
                                   v1::ListProfilesRequest(), &response);
  if (!status.ok()) return Fail(console, status);
  std::vector<std::string> names;
  for (const auto& profile : response.profiles()) {
    names.push_back(profile.name());
    if (profile.name() != name) continue;
    if (console.options.structured()) {
      PrintMessage(console, profile);
    } else {
      PrintProfile(profile, console.out);
    }
    return kExitDone;
  }
  const std::string nearest = NearestName(name, names);
  return Fail(console, absl::InvalidArgumentError(absl::StrCat(
                           "there is no profile ", name, "; ",
                           nearest.empty() ? "wheelhouse profiles list shows the profiles"
                                           : absl::StrCat("did you mean ", nearest, "?"))));
}

}  // namespace

void AddProfiles(CLI::App* app, const Console* console, int* exit_code) {
  CLI::App* profiles =
      app->add_subcommand("profiles", "List and show the daemon's profiles of well-known charts");
  profiles->footer(Examples({"wheelhouse profiles list", "wheelhouse profiles show aws-vpc-cni"}));
  CLI::App* list = profiles->add_subcommand("list", "List all profiles");
  list->footer(Examples({"wheelhouse profiles list"}));
  AddList(profiles, list, [console, exit_code] {
    *exit_code = WithConnection(
        *console, [&](const Connection& connection) { return List(*console, connection); });
  });
  auto name = std::make_shared<std::string>();
  CLI::App* show = profiles->add_subcommand("show", "Show the file of one profile");
  show->add_option("PROFILE", *name, "The profile's name")->required()->type_name("");
  show->footer(Examples({"wheelhouse profiles show aws-vpc-cni"}));
  show->callback([name, console, exit_code] {
    *exit_code = WithConnection(
        *console, [&](const Connection& connection) { return Show(*console, connection, *name); });
  });
}

}  // namespace wheelhouse::cli
