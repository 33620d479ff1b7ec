#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <iostream>
#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/connection/connection.h"
#include "client/cli/output/output.h"
#include "client/cli/output/table.h"
#include "client/cli/output/terminal_text.h"
#include "common/reason.h"
#include "common/yaml_proto.h"

namespace wheelhouse::cli {
namespace {

absl::Status Ask(const Options& options, v1::ListProfilesResponse* response) {
  const absl::StatusOr<Connection> connection = Connect(options);
  if (!connection.ok()) return connection.status();
  return Call(*connection, connection->daemon, &v1::ServerService::Stub::ListProfiles,
              v1::ListProfilesRequest(), response);
}

std::string FirstSentence(const std::string& text) {
  const size_t end = text.find(". ");
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

int List(const Options& options) {
  v1::ListProfilesResponse response;
  if (const absl::Status status = Ask(options, &response); !status.ok()) return Fail(status);
  if (options.json()) {
    PrintJson(response);
    return kExitDone;
  }
  std::vector<std::vector<std::string>> rows = {{"NAME", "VERSIONS", "CHARTS", "DESCRIPTION"}};
  for (const auto& profile : response.profiles())
    rows.push_back({profile.name(), profile.versions().empty() ? "any" : profile.versions(),
                    absl::StrJoin(profile.charts(), ", "), FirstSentence(profile.description())});
  PrintTable(rows, std::cout);
  return kExitDone;
}

// The file as it was written: its comments say why each line is there.
int Show(const Options& options, const std::string& name) {
  v1::ListProfilesResponse response;
  if (const absl::Status status = Ask(options, &response); !status.ok()) return Fail(status);
  std::vector<std::string> names;
  for (const auto& profile : response.profiles()) {
    names.push_back(profile.name());
    if (profile.name() != name) continue;
    if (options.json()) {
      PrintJson(profile);
      return kExitDone;
    }
    for (const absl::string_view line :
         absl::StrSplit(absl::StripSuffix(profile.text(), "\n"), '\n'))
      std::cout << Printable(line) << "\n";
    std::cout << "# " << Printable(profile.digest()) << "\n";
    return kExitDone;
  }
  const std::string nearest = NearestName(name, names);
  return Fail(absl::InvalidArgumentError(
      absl::StrCat("there is no profile ", name, "; ",
                   nearest.empty() ? "wheelhouse profiles list names them"
                                   : absl::StrCat("did you mean ", nearest, "?"))));
}

}  // namespace

void AddProfiles(CLI::App* app, const Options* options, int* exit_code) {
  CLI::App* profiles =
      app->add_subcommand("profiles", "What the daemon knows of well-known charts");
  profiles->require_subcommand(1);
  profiles->footer(Examples({"wheelhouse profiles list", "wheelhouse profiles show aws-vpc-cni"}));
  CLI::App* list = profiles->add_subcommand("list", "All profiles");
  list->footer(Examples({"wheelhouse profiles list"}));
  list->callback([options, exit_code] { *exit_code = List(*options); });
  auto name = std::make_shared<std::string>();
  CLI::App* show = profiles->add_subcommand("show", "One profile, as its file is written");
  show->add_option("PROFILE", *name, "Its name")->required()->type_name("");
  show->footer(Examples({"wheelhouse profiles show aws-vpc-cni"}));
  show->callback([name, options, exit_code] { *exit_code = Show(*options, *name); });
}

}  // namespace wheelhouse::cli
